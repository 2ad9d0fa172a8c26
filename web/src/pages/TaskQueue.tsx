import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { Outlet, useNavigate, useSearchParams } from 'react-router';
import type { TaskStatus } from '../api/types';
import { useFormats, useText } from '../i18n';
import { NotifyPrompt } from '../parts/NotifyPrompt';
import { ShortcutHelp } from '../parts/ShortcutHelp';
import { StatusTabs } from '../parts/StatusTabs';
import { TaskFilters, type Change } from '../parts/TaskFilters';
import { useTitle } from '../parts/title';
import { useCounts } from '../stores/counts';
import { useLive } from '../stores/live';
import { isAdmin, useSession } from '../stores/session';
import { useTasks } from '../stores/tasks';
import { useTypes } from '../stores/types';
import { change, readView } from './filter';
import { useQueueKeys } from './queueKeys';
import { TaskList } from './TaskList';

/** What the address asks for; dialogs lie over it. Only the list in it follows the tasks: what is typed into is not rendered by events. */
export function TaskQueue() {
  const t = useText();
  useTitle(t('menuQueue'));
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const search = query.toString();
  const view = useMemo(() => readView(new URLSearchParams(search)), [search]);
  const admin = useSession((session) => isAdmin(session.user));
  const owner = admin ? view.owner : undefined;
  const types = useTypes((known) => known.types);
  const [help, setHelp] = useState(false);

  useEffect(() => { void useTypes.getState().load(); }, []);
  useEffect(() => { void useTasks.getState().fetchTasks(view.filter, { owner }); }, [view.filter, owner]);
  useEffect(() => useLive.getState().onResync(() => void useTasks.getState().fetchTasks()), []);
  useEffect(() => useCounts.getState().follow(), []);
  useQueueKeys(useCallback(() => { setHelp(true); }, []));

  // What is typed is looked for many times before it is what was meant: one step back leads past all of them.
  const onChange = useCallback<Change>((changes) => { setQuery((before) => change(before, changes), { replace: 'q' in changes && Object.keys(changes).length === 1 }); }, [setQuery]);
  const onStatus = useCallback((status: TaskStatus | undefined) => { onChange({ status }); }, [onChange]);
  const to = useCallback((path: string) => `/tasks/${path}${search && `?${search}`}`, [search]);

  return (
    <>
      <NotifyPrompt />
      <div className="row">
        <h1>{t('menuQueue')}</h1>
        <Total />
        <Button className="push" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => void navigate(to('new'))}>{t('newTask')}</Button>
      </div>
      <StatusTabs chosen={view.filter.status} onChoose={onStatus} />
      <TaskFilters filter={view.filter} types={types ?? none} owner={owner} admin={admin} onChange={onChange} />
      <TaskList view={view} withOwner={owner !== undefined} to={to} onChange={onChange} />
      {help && <ShortcutHelp onClose={() => { setHelp(false); }} />}
      {/* While a dialog's code comes, the list stays. */}
      <Suspense>
        <Outlet />
      </Suspense>
    </>
  );
}

const none: never[] = [];

function Total() {
  const t = useText();
  const { number } = useFormats();
  const total = useTasks((tasks) => (tasks.loaded ? tasks.total : undefined));
  return <span className="dimmed" role="status">{total !== undefined && (total === 1 ? t('totalOne') : t('total', { n: number(total) }))}</span>;
}
