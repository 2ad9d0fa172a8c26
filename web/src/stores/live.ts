import { create } from 'zustand';
import { openLive, type Connection, type Live } from '../api/live';
import { getWatchPass } from '../api/tasks';
import type { TaskEvent } from '../api/types';
import { perFrame } from './frames';
import { useTasks } from './tasks';

type Listener = (events: TaskEvent[]) => void;

interface LiveStore {
  connection: Connection;
  open: () => void;
  close: () => void;
  /** Hears every event, batched per frame; answers how to stop. */
  listen: (listener: Listener) => () => void;
  /** Called after every connect, at every poll and when the page comes into sight: time to refetch. */
  onResync: (resync: () => void) => () => void;
  /** Hears everybody's events too, as an admin may; answers how to stop. */
  watchAll: () => () => void;
}

/** How often the pages fetch while the hub is away, in milliseconds. */
const pollEvery = 3_000;

export const useLive = create<LiveStore>()((set, get) => {
  const listeners = new Set<Listener>();
  const resyncs = new Set<() => void>();
  let live: Live | null = null;
  let poll: ReturnType<typeof setInterval> | undefined;

  const resync = (): void => {
    for (const run of resyncs) run();
  };
  const deliver = perFrame<TaskEvent>((events) => {
    useTasks.getState().onEvents(events);
    for (const listener of listeners) listener(events);
  });
  let watchers = 0;
  const wantsAll = (): boolean => watchers > 0 || useTasks.getState().owner !== undefined;
  // What happened between a page's own fetch and the subscription was told to others only.
  const watch = (): void => { live?.watch().then(resync, () => undefined); };
  const onState = (connection: Connection): void => {
    clearInterval(poll);
    // Nobody reads a hidden page: it fetches once when it is seen again.
    if (connection === 'polling') poll = setInterval(() => { if (!document.hidden) resync(); }, pollEvery);
    if (connection !== get().connection) set({ connection });
    if (connection !== 'reconnecting') resync();
  };
  useTasks.subscribe((now, before) => {
    if ((now.owner === undefined) !== (before.owner === undefined)) watch();
  });
  document.addEventListener('visibilitychange', () => { if (live && !document.hidden && get().connection !== 'live') resync(); });

  return {
    connection: 'reconnecting',
    open: () => {
      live ??= openLive(onState, deliver, async () => (wantsAll() ? await getWatchPass() : null));
    },
    close: () => {
      live?.stop();
      live = null;
      clearInterval(poll);
      // The next one to be signed in begins anew.
      set({ connection: 'reconnecting' });
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onResync: (run) => {
      resyncs.add(run);
      return () => resyncs.delete(run);
    },
    watchAll: () => {
      if (++watchers === 1) watch();
      return () => { if (--watchers === 0) watch(); };
    },
  };
});
