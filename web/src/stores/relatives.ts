import { useEffect, useState } from 'react';
import { ApiError } from '../api/http';
import { getChildCounts, getTask, listTasks } from '../api/tasks';
import type { ChildCounts, Task } from '../api/types';
import { throttled } from './frames';
import { useLive } from './live';
import { useOwnerOfOne } from './owner';

export interface Children {
  /** The newest of them. */
  tasks: Task[];
  counts: ChildCounts;
  error: ApiError | null;
}

export const childrenShown = 20;

/** The tasks that a task has made, and how many there are in each state; read again when one of them, or the parent, changes. */
export function useChildren(parent: string): Children | undefined {
  const owner = useOwnerOfOne();
  const [known, setKnown] = useState<Children & { of: string }>();
  useEffect(() => {
    let gone = false;
    let ids = new Set<string>();
    const load = async (): Promise<void> => {
      try {
        const [counts, page] = await Promise.all([getChildCounts(parent, owner), listTasks({ parent, page: 1, pageSize: childrenShown }, owner)]);
        ids = new Set(page.tasks.map((task) => task.id));
        if (!gone) setKnown({ of: parent, tasks: page.tasks, counts, error: null });
      } catch (error) {
        if (!gone) setKnown((before) => (before?.of === parent ? { ...before, error: ApiError.of(error) } : before));
      }
    };
    const again = throttled(load, 2_000);
    const live = useLive.getState();
    const stops = [live.listen((events) => { if (events.some(({ id }) => id === parent || ids.has(id))) again(); }), live.onResync(again)];
    void load();
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [parent, owner]);
  return known?.of === parent ? known : undefined;
}

/** Several tasks by their ids, as they are now; undefined for one that is not there (any more). */
export function useTasksById(ids: readonly string[]): ReadonlyMap<string, Task | undefined> {
  const owner = useOwnerOfOne();
  const key = ids.join(' ');
  const [known, setKnown] = useState<ReadonlyMap<string, Task | undefined>>(new Map());
  useEffect(() => {
    let gone = false;
    const load = async (which: string[]): Promise<void> => {
      const read = await Promise.all(which.map(async (id) => [id, await getTask(id, owner).catch(() => undefined)] as const));
      if (!gone) setKnown((before) => new Map([...before, ...read]));
    };
    const all = key === '' ? [] : key.split(' ');
    const again = throttled(() => load(all), 2_000);
    const live = useLive.getState();
    const stops = [live.listen((events) => { if (events.some((event) => event.event !== 'task:progress' && all.includes(event.id))) again(); })];
    void load(all);
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [key, owner]);
  return known;
}
