import { useCallback, useEffect, useState } from 'react';
import { ApiError } from '../api/http';
import { getTask } from '../api/tasks';
import type { Task, TaskEvent } from '../api/types';
import { applyEvent } from '../api/wire';
import { useLive } from './live';
import { useOwnerOfOne } from './owner';
import { useSession } from './session';

export interface TaskStatus {
  /** The task as it is now; undefined until it is known. */
  task: Task | undefined;
  error: ApiError | undefined;
  /** Fetches it again. */
  refresh: () => void;
}

interface Known {
  id: string;
  task?: Task;
  error?: ApiError;
}

/** Events that leave something out of what the task then is: its whole result, its error's details. */
const ends = new Set(['task:started', 'task:retrying', 'task:completed', 'task:failed', 'task:cancelled']);

/** Follows one task for as long as the component lives: live while the hub is there, polled while it is not. */
export function useTaskStatus(id: string): TaskStatus {
  const owner = useOwnerOfOne();
  const [known, setKnown] = useState<Known>({ id });
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      try {
        const task = await getTask(id, owner, abort.signal);
        setKnown((before) => (before.id === id && before.task && before.task.version > task.version ? { id, task: before.task } : { id, task }));
      } catch (error) {
        if (!abort.signal.aborted) setKnown((before) => ({ ...(before.id === id ? before : {}), id, error: ApiError.of(error) }));
      }
    };
    const onEvents = (events: TaskEvent[]): void => {
      const mine = events.filter((event) => event.id === id);
      if (mine.length === 0) return;
      setKnown((before) => (before.task && before.id === id ? { id, task: mine.reduce(applyEvent, before.task) } : before));
      if (mine.some((event) => ends.has(event.event))) void load();
    };
    const live = useLive.getState();
    const stops = [live.listen(onEvents), live.onResync(() => void load()), () => { abort.abort(); }];
    void load();
    return () => { for (const stop of stops) stop(); };
  }, [id, owner, asked]);

  const current = known.id === id ? known : undefined;
  const createdBy = current?.task?.createdBy;
  // Somebody else's task is live only for who watches everybody's.
  const foreign = useSession(({ user }) => owner !== undefined && createdBy !== undefined && !user?.ids.includes(createdBy));
  useEffect(() => (foreign ? useLive.getState().watchAll() : undefined), [foreign]);

  return { task: current?.task, error: current?.error, refresh: useCallback(() => { setAsked((before) => before + 1); }, []) };
}
