import { useCallback } from 'react';
import { ApiError } from '../api/http';
import type { Task } from '../api/types';
import { useText } from '../i18n';
import { useNotices } from '../stores/notices';
import { useTasks } from '../stores/tasks';

/** Requests at one time when many tasks are meant. */
const atOnce = 6;

/** Cancel and retry, of one or many: what came of it is told, and the list is fetched again. */
export function useTaskActions(): { cancel: (tasks: readonly Task[]) => Promise<void>; retry: (tasks: readonly Task[]) => Promise<void> } {
  const t = useText();
  const act = useCallback(async (tasks: readonly Task[], one: (id: string) => Promise<void>, done: (task: Task) => string) => {
    const { say } = useNotices.getState();
    const refused: ApiError[] = [];
    const waiting = [...tasks];
    const work = async (): Promise<void> => {
      for (let task = waiting.shift(); task; task = waiting.shift()) await one(task.id).catch((error: unknown) => { refused.push(ApiError.of(error)); });
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, work));
    if (tasks.length > 1) say(t('bulkDone', { ok: tasks.length - refused.length, failed: refused.length }), refused.length > 0);
    else if (refused[0]) say(refused[0].code === 'offline' ? t('offline') : refused[0].message, true);
    else if (tasks[0]) say(done(tasks[0]));
    await useTasks.getState().fetchTasks();
  }, [t]);
  const named = useCallback((task: Task) => ({ name: `${task.type} …${task.id.slice(-8)}` }), []);
  return {
    cancel: useCallback((tasks) => act(tasks, useTasks.getState().cancelTask, (task) => t(task.status === 'running' ? 'askedToStop' : 'cancelled', named(task))), [act, t, named]),
    retry: useCallback((tasks) => act(tasks, useTasks.getState().retryTask, (task) => t('retried', named(task))), [act, t, named]),
  };
}
