import { Alert, Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { Outlet, useNavigate, useSearchParams } from 'react-router';
import type { Task } from '../api/types';
import { useFormats, useText } from '../i18n';
import { ConfirmCancel } from '../parts/ConfirmCancel';
import { NotifyPrompt } from '../parts/NotifyPrompt';
import { Pager } from '../parts/Pager';
import { TaskFilters } from '../parts/TaskFilters';
import { TaskTable, type RowActions } from '../parts/TaskTable';
import { useTitle } from '../parts/title';
import { Waiting } from '../parts/Waiting';
import { useLive } from '../stores/live';
import { isAdmin, useSession } from '../stores/session';
import { useTasks } from '../stores/tasks';
import { useTypes } from '../stores/types';
import { change, pageSizes, readView } from './filter';
import { useTaskActions } from './taskActions';

/** What the address asks for, as the store keeps it up to date; dialogs lie over it. */
export function TaskQueue() {
  const t = useText();
  const { number } = useFormats();
  useTitle(t('menuQueue'));
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const search = query.toString();
  const { filter, everybody } = useMemo(() => readView(new URLSearchParams(search)), [search]);
  const { tasks, total, loaded, error, fetchTasks } = useTasks();
  const { types, load: loadTypes } = useTypes();
  const admin = useSession((session) => isAdmin(session.user));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [cancelling, setCancelling] = useState<Task[]>([]);
  const { cancel, retry } = useTaskActions();

  useEffect(() => { void loadTypes(); }, [loadTypes]);
  useEffect(() => { void fetchTasks(filter, everybody); }, [filter, everybody, fetchTasks]);
  useEffect(() => useLive.getState().onResync(() => void fetchTasks()), [fetchTasks]);

  const onChange = useCallback((changes: Record<string, string | undefined>) => {
    setChosen(new Set());
    setQuery((before) => change(before, changes));
  }, [setQuery]);
  const to = useCallback((path: string) => `/tasks/${path}${search && `?${search}`}`, [search]);
  const actions = useMemo<RowActions>(() => ({
    href: to,
    open: (id) => void navigate(to(id)),
    choose: (id, yes) => { setChosen((before) => (yes ? new Set([...before, id]) : new Set([...before].filter((other) => other !== id)))); },
    cancel: (id) => { setCancelling(rows(id)); },
    retry: (id) => void retry(rows(id)),
  }), [navigate, to, retry]);

  const picked = tasks.filter((task) => chosen.has(task.id));
  const cancellable = picked.filter((task) => task.status === 'pending' || task.status === 'running');
  const retryable = picked.filter((task) => task.status === 'failed' || task.status === 'cancelled');
  const filtered = filter.status ?? filter.type ?? filter.priority ?? filter.q ?? filter.tag;

  return (
    <>
      <NotifyPrompt />
      <div className="row">
        <h1>{t('menuQueue')}</h1>
        <span className="dimmed" role="status">{loaded && (total === 1 ? t('totalOne') : t('total', { n: number(total) }))}</span>
        <Button className="push" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => void navigate(to('new'))}>{t('newTask')}</Button>
      </div>
      <TaskFilters filter={filter} types={types ?? []} everybody={admin ? everybody : undefined} onChange={onChange} />
      {error && <Alert color="red" role="alert">{t('failedToLoad', { message: error.code === 'offline' ? t('offline') : error.message })}</Alert>}
      {picked.length > 0 && (
        <div className="row" role="group" aria-label={t('selected', { n: picked.length })}>
          <strong>{t('selected', { n: picked.length })}</strong>
          <Button size="xs" variant="default" disabled={cancellable.length === 0} onClick={() => { setCancelling(cancellable); }}>{t('cancelSelected')}</Button>
          <Button size="xs" variant="default" disabled={retryable.length === 0} onClick={() => void retry(retryable)}>{t('retrySelected')}</Button>
        </div>
      )}
      {!loaded && !error && <Waiting />}
      {tasks.length > 0 && (
        <TaskTable
          tasks={tasks}
          chosen={chosen}
          chooseAll={(yes) => { setChosen(new Set(yes ? tasks.map((task) => task.id) : [])); }}
          withOwner={everybody}
          actions={actions}
        />
      )}
      {loaded && tasks.length === 0 && <p className="dimmed">{t(filtered || filter.page > 1 ? 'empty' : 'emptyAtAll')}</p>}
      <Pager page={filter.page} pageSize={filter.pageSize} pageSizes={pageSizes} total={total} onChange={onChange} />
      <ConfirmCancel
        statuses={cancelling.map((task) => task.status)}
        onClose={() => { setCancelling([]); }}
        onConfirm={() => {
          setCancelling([]);
          void cancel(cancelling);
        }}
      />
      {/* While a dialog's code comes, the list stays. */}
      <Suspense>
        <Outlet />
      </Suspense>
    </>
  );
}

const rows = (id: string): Task[] => useTasks.getState().tasks.filter((task) => task.id === id);
