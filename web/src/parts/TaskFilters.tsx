import { Button, NativeSelect, Switch } from '@mantine/core';
import { IconFilter, IconX } from '@tabler/icons-react';
import { memo, useState } from 'react';
import type { Owner } from '../api/tasks';
import { priorities, type TaskFilter, type TaskType } from '../api/types';
import { useText } from '../i18n';
import { Said } from './Said';
import { SearchInput } from './SearchInput';
import styles from './TaskFilters.module.css';

export type Change = (changes: Record<string, string | undefined>) => void;

interface Props {
  filter: TaskFilter;
  types: readonly TaskType[];
  owner: Owner;
  /** May ask for everybody's. */
  admin: boolean;
  onChange: Change;
}

/** Nothing here changes with the tasks, however many events come. */
export const TaskFilters = memo(function TaskFilters({ filter, types, owner, admin, onChange }: Props) {
  const t = useText();
  const [open, setOpen] = useState(false);
  const all = { value: '', label: t('all') };
  const one = owner === 'all' ? undefined : owner;
  const narrowed = [filter.type, filter.priority, filter.tag, filter.parent, one].filter((value) => value !== undefined).length;
  return (
    <search className={styles.filters} data-open={open || undefined}>
      <SearchInput isSearch label={t('search')} hint={t('searchHint')} value={filter.q} onChange={(q) => { onChange({ q }); }} />
      <Button className={styles.toggle} variant="default" aria-expanded={open} leftSection={<IconFilter size={16} aria-hidden />} onClick={() => { setOpen(!open); }}>
        {narrowed > 0 ? t('filtersOn', { n: narrowed }) : t('filters')}
      </Button>
      <NativeSelect
        label={t('type')}
        value={filter.type ?? ''}
        data={[all, ...names(types, filter.type)]}
        onChange={(event) => { onChange({ type: event.currentTarget.value }); }}
      />
      <NativeSelect
        label={t('priority')}
        value={filter.priority ?? ''}
        data={[all, ...priorities.map((value) => ({ value, label: t(`priority.${value}`) }))]}
        onChange={(event) => { onChange({ priority: event.currentTarget.value }); }}
      />
      <SearchInput label={t('tag')} value={filter.tag} onChange={(tag) => { onChange({ tag }); }} />
      {admin && (
        <Switch
          className={styles.switch}
          label={t('everybody')}
          checked={owner === 'all'}
          onChange={(event) => { onChange({ owner: event.currentTarget.checked ? 'all' : undefined }); }}
        />
      )}
      {one && <Chip name={t('owner')} value={one} onRemove={() => { onChange({ owner: 'all' }); }} />}
      {filter.parent && <Chip name={t('parent')} value={`…${filter.parent.slice(-8)}`} onRemove={() => { onChange({ parent: undefined }); }} />}
      {(narrowed > 0 || filter.status || filter.q) && (
        <Button
          className={styles.clear}
          variant="subtle"
          onClick={() => { onChange({ status: undefined, type: undefined, priority: undefined, q: undefined, tag: undefined, parent: undefined, ...(one ? { owner: 'all' } : {}) }); }}
        >
          {t('clearFilters')}
        </Button>
      )}
    </search>
  );
});

function Chip({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  const t = useText();
  return (
    <span className={styles.chip}>
      <span className={styles.chipText}>{name}: <Said>{value}</Said></span>
      <button type="button" aria-label={t('removeFilter', { name })} onClick={onRemove}><IconX size={14} aria-hidden /></button>
    </span>
  );
}

/** A type in the address that is not registered any more still has tasks. */
function names(types: readonly TaskType[], chosen: string | undefined): string[] {
  const known = types.map((type) => type.name);
  return chosen && !known.includes(chosen) ? [...known, chosen] : known;
}
