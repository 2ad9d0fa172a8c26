import { create } from 'zustand';
import { ApiError } from '../api/http';
import { getHistory, getStats } from '../api/tasks';
import type { History, HistoryPoint, HistoryRange, QueueStats } from '../api/types';

interface StatsStore {
  now: QueueStats | undefined;
  range: HistoryRange;
  /** Of the range; it begins where there is something to tell. Undefined until it is there. */
  history: History | undefined;
  error: ApiError | undefined;
  setRange: (range: HistoryRange) => void;
  /** Reads again and again; answers how to stop. */
  follow: () => () => void;
}

const everySeconds = 2;
const hour = 3_600_000;
const lengths: Record<HistoryRange, number> = { '1h': hour, '24h': 24 * hour, '7d': 7 * 24 * hour, '30d': 30 * 24 * hour };
/** Shown however little there is to tell. */
const leastPoints = 15;
/** The history changes slowly: it is read at every eighth sample. */
const historyEvery = 8;

export const useStats = create<StatsStore>()((set, get) => {
  const readHistory = async (): Promise<void> => {
    const { range } = get();
    const read = await getHistory(range);
    // An answer that comes after another range was chosen is of no use.
    if (get().range === range) set({ history: { step: read.step, points: lastPoints(read, lengths[range], Date.now()) } });
  };
  const failed = (error: unknown): void => { set({ error: ApiError.of(error) }); };
  return {
    now: undefined,
    range: '1h',
    history: undefined,
    error: undefined,
    setRange: (range) => {
      set({ range, history: undefined });
      readHistory().catch(failed);
    },
    follow: () => {
      let stopped = false;
      let round = 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const read = async (): Promise<void> => {
        try {
          if (round++ % historyEvery === 0) await readHistory();
          const now = await getStats();
          set({ now, error: undefined });
        } catch (error) {
          failed(error);
        }
        if (!stopped) timer = setTimeout(() => void read(), everySeconds * 1000);
      };
      void read();
      return () => {
        stopped = true;
        clearTimeout(timer);
      };
    },
  };
});

const none = { p50: 0, p95: 0, p99: 0 };

/**
 * The server tells only of steps in which something happened: in the others nothing did, and how full the queue was is not known. A range that
 * was mostly empty begins shortly before it was not.
 */
export function lastPoints({ step, points }: History, length: number, now: number): HistoryPoint[] {
  const known = new Map(points.map((point) => [point.at, point]));
  const count = length / step;
  const last = Math.floor(now / step);
  const nothing = { created: 0, completed: 0, failed: 0, cancelled: 0, retried: 0, waitMs: none, runMs: none, depth: null, running: null, oldestWaitingSeconds: null };
  const all = Array.from({ length: count }, (_, index) => {
    const at = (last - count + 1 + index) * step;
    return known.get(at) ?? { at, ...nothing };
  });
  const first = all.findIndex(({ at }) => known.has(at));
  return all.slice(first < 0 ? -leastPoints : Math.min(first, count - leastPoints));
}
