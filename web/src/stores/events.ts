import { useEffect, useState } from 'react';
import { getEvents } from '../api/tasks';
import type { TaskEvent } from '../api/types';
import { useLive } from './live';
import { useTasks } from './tasks';

/** Progress apart, what has happened to a task, oldest first. */
export function useEvents(id: string): TaskEvent[] {
  const owner = useTasks((tasks) => (tasks.everybody ? ('all' as const) : undefined));
  const [known, setKnown] = useState<{ id: string; events: TaskEvent[] }>({ id, events: [] });

  useEffect(() => {
    let gone = false;
    const add = (more: TaskEvent[]): void => {
      const steps = more.filter((event) => event.id === id && event.event !== 'task:progress');
      if (steps.length === 0 || gone) return;
      setKnown((before) => {
        const byVersion = new Map((before.id === id ? before.events : []).map((event) => [event.version, event]));
        for (const event of steps) byVersion.set(event.version, event);
        return { id, events: [...byVersion.values()].sort((a, b) => a.version - b.version) };
      });
    };
    const load = async (): Promise<void> => {
      try {
        let after = 0;
        for (let page = 0; page < 10 && !gone; page++) {
          const events = await getEvents(id, owner, after);
          add(events);
          after = events.at(-1)?.version ?? 0;
          if (events.length < 1000) break;
        }
      } catch {
        // The timeline then shows what the task itself tells.
      }
    };
    const live = useLive.getState();
    const stops = [live.listen(add), live.onResync(() => void load())];
    void load();
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [id, owner]);

  return known.id === id ? known.events : [];
}
