import { create } from 'zustand';
import { ApiError } from '../api/http';
import { getHistory, getStats } from '../api/tasks';
import type { MinuteStats, QueueStats } from '../api/types';

interface StatsStore {
  now: QueueStats | undefined;
  /** The last hour, minute by minute. */
  minutes: MinuteStats[];
  /** What was read since the page was opened, oldest first, at most an hour of it. */
  samples: QueueStats[];
  error: ApiError | undefined;
  /** Reads again and again; answers how to stop. */
  follow: () => () => void;
}

const everySeconds = 2;
const most = 3600 / everySeconds;
/** The minutes change slowly: they are read at every eighth sample. */
const historyEvery = 8;

export const useStats = create<StatsStore>()((set, get) => ({
  now: undefined,
  minutes: [],
  samples: [],
  error: undefined,
  follow: () => {
    let stopped = false;
    let round = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        if (round++ % historyEvery === 0) set({ minutes: await getHistory(60) });
        const now = await getStats();
        set({ now, samples: [...get().samples.slice(1 - most), now], error: undefined });
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
