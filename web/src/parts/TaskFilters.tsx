import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { priorities, statuses, type TaskFilter, type TaskType } from '../api/types';
import { useText } from '../i18n';
import styles from './TaskFilters.module.css';

interface Props {
  filter: TaskFilter;
  types: readonly TaskType[];
  /** undefined: may not ask for everybody's. */
  everybody: boolean | undefined;
  onChange: (changes: Record<string, string | undefined>) => void;
}

export function TaskFilters({ filter, types, everybody, onChange }: Props) {
  const t = useText();
  const all = { value: '', label: t('all') };
  const filtered = filter.status ?? filter.type ?? filter.priority ?? filter.q ?? filter.tag;
  return (
    <search className={styles.filters}>
      <SearchInput key={`q ${filter.q ?? ''}`} label={t('search')} hint={t('searchHint')} value={filter.q} onChange={(q) => { onChange({ q }); }} />
      <NativeSelect
        label={t('status')}
        value={filter.status ?? ''}
        data={[all, ...statuses.map((value) => ({ value, label: t(`status.${value}`) }))]}
        onChange={(event) => { onChange({ status: event.currentTarget.value }); }}
      />
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
      <SearchInput key={`tag ${filter.tag ?? ''}`} label={t('tag')} value={filter.tag} onChange={(tag) => { onChange({ tag }); }} />
      {everybody !== undefined && (
        <Switch
          className={styles.switch}
          label={t('everybody')}
          checked={everybody}
          onChange={(event) => { onChange({ owner: event.currentTarget.checked ? 'all' : undefined }); }}
        />
      )}
      {filtered && (
        <Button className={styles.clear} variant="subtle" onClick={() => { onChange({ status: undefined, type: undefined, priority: undefined, q: undefined, tag: undefined }); }}>
          {t('clearFilters')}
        </Button>
      )}
    </search>
  );
}

/** A type in the address that is not registered any more still has tasks. */
function names(types: readonly TaskType[], chosen: string | undefined): string[] {
  const known = types.map((type) => type.name);
  return chosen && !known.includes(chosen) ? [...known, chosen] : known;
}

/** How long typing must rest before it is searched for, in milliseconds. */
const rest = 350;

function SearchInput({ label, hint, value = '', onChange }: { label: string; hint?: string; value?: string | undefined; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => { onChange(typed.trim()); }, rest);
    return () => { clearTimeout(timer); };
  }, [typed, value, onChange]);
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={hint}
      title={hint}
      value={typed}
      maxLength={200}
      onChange={(event) => { setTyped(event.currentTarget.value); }}
    />
  );
}
