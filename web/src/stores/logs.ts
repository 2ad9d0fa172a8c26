import { useEffect, useState } from 'react';
import { getLogs } from '../api/tasks';
import type { LogLevel, LogLine } from '../api/types';
import { useLive } from './live';
import { throttled } from './frames';
import { useTasks } from './tasks';

const pageSize = 100;

interface Known {
  of: string;
  lines: LogLine[];
  total: number;
}

/** The first `pages` pages of a task's log, fetched again when the task changes: log lines bring no events of their own. */
export function useLogs(id: string, level: LogLevel | undefined, pages: number): { lines: LogLine[]; total: number } | undefined {
  const owner = useTasks((tasks) => (tasks.everybody ? ('all' as const) : undefined));
  const [known, setKnown] = useState<Known>();
  const of = `${id} ${level} ${pages}`;

  useEffect(() => {
    let gone = false;
    const load = async (): Promise<void> => {
      try {
        const read = await Promise.all(Array.from({ length: pages }, (_, index) => getLogs(id, owner, level, index + 1, pageSize)));
        if (!gone) setKnown({ of, lines: read.flatMap((page) => page.lines), total: read[0]?.total ?? 0 });
      } catch {
        // The dialog says what is wrong with the task itself; the next change asks again.
      }
    };
    const again = throttled(load, 1_000);
    const live = useLive.getState();
    const stops = [
      live.listen((events) => { if (events.some((event) => event.id === id)) again(); }),
      live.onResync(again),
    ];
    void load();
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [id, owner, level, pages, of]);

  // Another level's lines would lie; another page count's are the same lines, only fewer.
  return known?.of.startsWith(`${id} ${level} `) ? known : undefined;
}
