import { Alert, Button } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import type { BulkAction, Task } from '../api/types';
import { useText } from '../i18n';
import { ConfirmCancel } from '../parts/ConfirmCancel';
import { Pager } from '../parts/Pager';
import type { Change } from '../parts/TaskFilters';
import { TaskTable, type RowActions } from '../parts/TaskTable';
import { Waiting } from '../parts/Waiting';
import { useTasks } from '../stores/tasks';
import { BulkDialog } from './BulkDialog';
import { pageSizes, type View } from './filter';
import { useTaskActions } from './taskActions';
import styles from './TaskList.module.css';

interface Props {
  view: View;
  withOwner: boolean;
  /** Where a task's details are. */
  to: (path: string) => string;
  onChange: Change;
}

/** The tasks that the address asks for, as the store keeps them up to date, and what can be done with those that are selected. */
export function TaskList({ view, withOwner, to, onChange }: Props) {
  const { filter } = view;
  const t = useText();
  const navigate = useNavigate();
  const tasks = useTasks((store) => store.tasks);
  const total = useTasks((store) => store.total);
  const loaded = useTasks((store) => store.loaded);
  const switching = useTasks((store) => store.switching);
  const error = useTasks((store) => store.error);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [cancelling, setCancelling] = useState<Task[]>([]);
  const [bulk, setBulk] = useState<BulkAction>();
  const [of, setOf] = useState(view);
  const { cancel, retry } = useTaskActions();
  if (of !== view) {
    // Another list: what was selected in the one before is not in sight.
    setOf(view);
    setChosen(new Set());
  }

  const actions = useMemo<RowActions>(() => ({
    href: to,
    open: (id) => void navigate(to(id)),
    choose: (id, yes) => { setChosen((before) => (yes ? new Set([...before, id]) : new Set([...before].filter((other) => other !== id)))); },
    cancel: (id) => { setCancelling(rows(id)); },
    retry: (id) => void retry(rows(id)),
    narrow: onChange,
  }), [navigate, to, retry, onChange]);

  // A page that is not there any more: the last one is meant.
  const pages = Math.max(1, Math.ceil(total / filter.pageSize));
  const beyond = loaded && !switching && !error && filter.page > pages;
  useEffect(() => { if (beyond) onChange({ page: pages > 1 ? String(pages) : undefined }); }, [beyond, pages, onChange]);

  const picked = tasks.filter((task) => chosen.has(task.id));
  const cancellable = picked.filter((task) => task.status === 'pending' || task.status === 'running');
  const retryable = picked.filter((task) => task.status === 'failed' || task.status === 'cancelled');
  const filtered = filter.status ?? filter.type ?? filter.priority ?? filter.q ?? filter.tag ?? filter.parent;

  return (
    <>
      {error && <Alert color="red" role="alert">{t('failedToLoad', { message: error.code === 'offline' ? t('offline') : error.message })}</Alert>}
      {!loaded && !error && <Waiting />}
      {loaded && switching && <span className={styles.hidden} role="status">{t('loading')}</span>}
      {tasks.length > 0 && (
        <TaskTable
          tasks={tasks}
          chosen={chosen}
          chooseAll={(yes) => { setChosen(new Set(yes ? tasks.map((task) => task.id) : [])); }}
          withOwner={withOwner}
          busy={switching}
          actions={actions}
        />
      )}
      {loaded && tasks.length === 0 && !beyond && <p className="dimmed">{t(filtered ? 'empty' : 'emptyAtAll')}</p>}
      {picked.length > 0 && (
        <div className={`card row ${styles.bar}`} role="group" aria-label={t('selected', { n: picked.length })}>
          <strong>{t('selected', { n: picked.length })}</strong>
          <Button size="xs" variant="default" disabled={cancellable.length === 0} onClick={() => { setCancelling(cancellable); }}>{t('cancelSelected')}</Button>
          <Button size="xs" variant="default" disabled={retryable.length === 0} onClick={() => void retry(retryable)}>{t('retrySelected')}</Button>
          {picked.length === tasks.length && total > tasks.length && !filter.parent && (
            <span className="row">
              {t('orAll', { n: total })}
              <Button size="xs" variant="subtle" onClick={() => { setBulk('cancel'); }}>{t('bulk.cancel')}</Button>
              <Button size="xs" variant="subtle" onClick={() => { setBulk('retry'); }}>{t('bulk.retry')}</Button>
              <Button size="xs" variant="subtle" color="red" onClick={() => { setBulk('delete'); }}>{t('bulk.delete')}</Button>
            </span>
          )}
          <Button className="push" size="xs" variant="subtle" onClick={() => { setChosen(new Set()); }}>{t('clearSelection')}</Button>
        </div>
      )}
      <Pager page={Math.min(filter.page, pages)} pageSize={filter.pageSize} pageSizes={pageSizes} total={total} onChange={onChange} />
      <ConfirmCancel
        statuses={cancelling.map((task) => task.status)}
        onClose={() => { setCancelling([]); }}
        onConfirm={() => {
          setCancelling([]);
          void cancel(cancelling);
        }}
      />
      {bulk && <BulkDialog action={bulk} onClose={() => { setBulk(undefined); }} />}
    </>
  );
}

const rows = (id: string): Task[] => useTasks.getState().tasks.filter((task) => task.id === id);
