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
  /** Called after every connect and at every poll: time to refetch. */
  onResync: (resync: () => void) => () => void;
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
  const onState = (connection: Connection): void => {
    clearInterval(poll);
    if (connection === 'polling') poll = setInterval(resync, pollEvery);
    if (connection !== get().connection) set({ connection });
    if (connection !== 'reconnecting') resync();
  };
  useTasks.subscribe((now, before) => {
    // What happened between the page's own fetch and the subscription was told to others only.
    if (now.everybody !== before.everybody) live?.watch().then(resync, () => undefined);
  });

  return {
    connection: 'reconnecting',
    open: () => {
      live ??= openLive(onState, deliver, async () => (useTasks.getState().everybody ? await getWatchPass() : null));
    },
    close: () => {
      live?.stop();
      live = null;
      clearInterval(poll);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onResync: (run) => {
      resyncs.add(run);
      return () => resyncs.delete(run);
    },
  };
});
