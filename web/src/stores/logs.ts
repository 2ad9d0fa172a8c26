import { useEffect, useState } from 'react';
import { create, useStore, type StoreApi } from 'zustand';
import { ApiError } from '../api/http';
import { getLogs, type Owner } from '../api/tasks';
import type { LogLine } from '../api/types';
import { throttled } from './frames';
import { useLive } from './live';
import { useOwnerOfOne } from './owner';

export interface Log {
  /** Lines that stand before those that are loaded. */
  before: number;
  lines: readonly LogLine[];
  total: number;
  /** There has been an answer. */
  loaded: boolean;
  /** Lines are being read that were asked for. */
  reading: boolean;
  error: ApiError | null;
  /** Reads what has come since, from the last line on. */
  next: () => Promise<void>;
  /** Reads some of the lines before those that are loaded. */
  earlier: () => Promise<void>;
  /** Reads all that stand before; answers the whole log. */
  all: () => Promise<readonly LogLine[]>;
}

/** A short log comes whole; of a longer one its end. */
const firstLook = 200;
const tail = 500;
const atOnce = 1_000;

/** A task's log, read from its end: each line once. */
export function createLog(id: string, owner: Owner, signal?: AbortSignal): StoreApi<Log> {
  return create<Log>()((set, get) => {
    let running: Promise<void> = Promise.resolve();
    /** One after the other: two that read at once would both append the same lines. */
    const inTurn = (run: () => Promise<void>): Promise<void> => {
      running = running.then(run).catch((error: unknown) => { if (!signal?.aborted) set({ error: ApiError.of(error), reading: false }); });
      return running;
    };
    const read = (after: number, limit: number): ReturnType<typeof getLogs> => getLogs(id, owner, after, limit, signal);

    const open = async (): Promise<void> => {
      let { lines, total } = await read(0, firstLook);
      let before = 0;
      if (total > lines.length) {
        before = Math.max(0, total - tail);
        ({ lines, total } = await read(before, atOnce));
      }
      set({ before, lines, total, loaded: true, error: null });
    };
    const append = async (): Promise<void> => {
      for (;;) {
        const { before, lines } = get();
        const last = lines.at(-1);
        if (!last) return await open();
        // The last line comes once more: where it is another, lines in the middle have been dropped, and all places have moved.
        const { lines: [same, ...more], total } = await read(before + lines.length - 1, atOnce);
        if (same?.at !== last.at || same.message !== last.message) return await open();
        set({ lines: more.length > 0 ? [...lines, ...more] : lines, total, error: null });
        if (more.length < atOnce - 1) return;
      }
    };
    const prepend = async (): Promise<void> => {
      const { before } = get();
      const from = Math.max(0, before - atOnce);
      const { lines } = await read(from, before - from);
      set((log) => ({ before: from, lines: [...lines, ...log.lines], error: null }));
    };

    return {
      before: 0,
      lines: [],
      total: 0,
      loaded: false,
      reading: false,
      error: null,
      next: () => inTurn(append),
      earlier: () => inTurn(async () => {
        set({ reading: true });
        if (get().before > 0) await prepend();
        set({ reading: false });
      }),
      all: () => inTurn(async () => {
        set({ reading: get().before > 0 });
        while (get().before > 0) await prepend();
        set({ reading: false });
      }).then(() => get().lines),
    };
  });
}

/** How often a running task's log is read on: log lines bring no events of their own. */
const everyMs = 2_000;

/** Follows a task's log for as long as the component lives; `active` while lines may still come. */
export function useLog(id: string, active: boolean): Log {
  const owner = useOwnerOfOne();
  const [{ log, abort }, renew] = useState(() => begin(id, owner));
  const [of, setOf] = useState({ id, owner });
  if (of.id !== id || of.owner !== owner) {
    setOf({ id, owner });
    renew(begin(id, owner));
  }
  useEffect(() => () => { abort.abort(); }, [abort]);
  useEffect(() => {
    const next = throttled(() => log.getState().next(), 1_000);
    const live = useLive.getState();
    const stops = [
      live.listen((events) => { if (events.some((event) => event.id === id)) next(); }),
      live.onResync(next),
    ];
    const timer = active ? setInterval(() => { if (!document.hidden) next(); }, everyMs) : undefined;
    // At once, and once more when the last line has been written.
    next();
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [id, log, active]);
  return useStore(log);
}

function begin(id: string, owner: Owner): { log: StoreApi<Log>; abort: AbortController } {
  const abort = new AbortController();
  return { log: createLog(id, owner, abort.signal), abort };
}
