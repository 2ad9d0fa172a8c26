import { useEffect, useState } from 'react';
import { getEvents } from '../api/tasks';
import type { TaskEvent } from '../api/types';
import { useLive } from './live';
import { useOwnerOfOne } from './owner';

/** As many as one request answers; a task keeps little more than twice as many. */
const atOnce = 1_000;
const mostRequests = 10;

/** Progress apart, what has happened to a task, oldest first. */
export function useEvents(id: string): TaskEvent[] {
  const owner = useOwnerOfOne();
  const [known, setKnown] = useState<{ id: string; events: TaskEvent[] }>({ id, events: [] });

  useEffect(() => {
    let gone = false;
    let read = 0;
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
        for (let request = 0; request < mostRequests && !gone; request++) {
          const events = await getEvents(id, owner, read);
          add(events);
          // What has been read does not change: the next resync goes on from there.
          read = Math.max(read, events.at(-1)?.version ?? 0);
          if (events.length < atOnce) break;
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
