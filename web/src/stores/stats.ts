import { create } from 'zustand';
import { ApiError } from '../api/http';
import { getHistory, getStats } from '../api/tasks';
import type { MinuteStats, QueueStats } from '../api/types';

interface StatsStore {
  now: QueueStats | undefined;
  /** Minute by minute, the last hour at most: it begins where there is something to tell. */
  minutes: MinuteStats[];
  error: ApiError | undefined;
  /** Reads again and again; answers how to stop. */
  follow: () => () => void;
}

const everySeconds = 2;
const hour = 60;
/** Shown however little there is to tell. */
const leastMinutes = 15;
/** The minutes change slowly: they are read at every eighth sample. */
const historyEvery = 8;

export const useStats = create<StatsStore>()((set) => ({
  now: undefined,
  minutes: [],
  error: undefined,
  follow: () => {
    let stopped = false;
    let round = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        if (round++ % historyEvery === 0) set({ minutes: lastMinutes(await getHistory(hour), Date.now()) });
        const now = await getStats();
        set({ now, error: undefined });
      } catch (error) {
        set({ error: ApiError.of(error) });
      }
      if (!stopped) timer = setTimeout(() => void read(), everySeconds * 1000);
    };
    void read();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  },
}));

const none = { p50: 0, p95: 0, p99: 0 };

/**
 * The server tells only of minutes in which something happened: the others are zeros, not slopes between their neighbours.
 * An hour that was mostly empty begins shortly before it was not.
 */
export function lastMinutes(minutes: readonly MinuteStats[], now: number): MinuteStats[] {
  const known = new Map(minutes.map((minute) => [minute.minute, minute]));
  const last = Math.floor(now / 60_000);
  const nothing = { created: 0, completed: 0, failed: 0, cancelled: 0, retried: 0, waitMs: none, runMs: none, depth: null, running: null, oldestWaitingSeconds: null };
  const all = Array.from({ length: hour }, (_, index) => {
    const minute = (last - hour + 1 + index) * 60_000;
    return known.get(minute) ?? { minute, ...nothing };
  });
  const first = all.findIndex(({ minute }) => known.has(minute));
  return all.slice(first < 0 ? -leastMinutes : Math.min(first, hour - leastMinutes));
}
