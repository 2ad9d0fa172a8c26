import { create } from 'zustand';
import { listTasks, type Owner } from '../api/tasks';
import { statuses, type TaskFilter, type TaskStatus } from '../api/types';
import { throttled } from './frames';
import { useLive } from './live';
import { useTasks } from './tasks';

interface Counts {
  /** How many tasks of the list there would be in each state; undefined until it is known. */
  counts: Record<TaskStatus, number> | undefined;
  /** Counts now, and again when tasks change state; answers how to stop. */
  follow: () => () => void;
}

/** Five short requests, so not for each event. */
const restMs = 3_000;

let latest = 0;

export const useCounts = create<Counts>()((set) => {
  let of = '';
  const count = async (): Promise<void> => {
    if (document.hidden) return;
    const { filter, owner } = useTasks.getState();
    const ticket = ++latest;
    const now = key(filter, owner);
    if (now !== of) set({ counts: undefined });
    of = now;
    try {
      const pages = await Promise.all(statuses.map((status) => listTasks({ ...filter, status, page: 1, pageSize: 1 }, owner)));
      if (ticket === latest) set({ counts: Object.fromEntries(statuses.map((status, index) => [status, pages[index]?.total ?? 0])) as Record<TaskStatus, number> });
    } catch {
      // The list says what is wrong.
    }
  };
  const again = throttled(count, restMs);

  return {
    counts: undefined,
    follow: () => {
      const live = useLive.getState();
      const stops = [
        live.listen((events) => { if (events.some((event) => event.event !== 'task:progress')) again(); }),
        live.onResync(again),
        useTasks.subscribe((now, before) => { if (key(now.filter, now.owner) !== key(before.filter, before.owner)) void count(); }),
      ];
      void count();
      return () => { for (const stop of stops) stop(); };
    },
  };
});

/** All of a list's filter but the state. */
const key = ({ type, priority, q, tag, parent }: TaskFilter, owner: Owner): string => JSON.stringify([type, priority, q, tag, parent, owner]);
