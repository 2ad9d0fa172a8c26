import { HubConnectionBuilder, HubConnectionState, LogLevel, type HubConnection } from '@microsoft/signalr';
import type { TaskEvent } from './types';
import { toEvent } from './wire';

export type Connection = 'live' | 'reconnecting' | 'polling';

export const eventNames = [
  'task:created',
  'task:started',
  'task:progress',
  'task:retrying',
  'task:completed',
  'task:failed',
  'task:cancelled',
] as const;

export interface Live {
  /** Closes for good. */
  stop(): void;
}

/**
 * Keeps a connection to the hub for as long as the page lives. `onState` hears "live" after every (re)connect, which is when
 * the stores must refetch what they show: events may have passed meanwhile.
 */
export function openLive(
  onState: (state: Connection) => void,
  onEvent: (event: TaskEvent) => void,
  joinWatchers: () => Promise<string | null>,
): Live {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hub: HubConnection = new HubConnectionBuilder()
    .withUrl('/api')
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: ({ previousRetryCount }) => Math.min(10_000, 500 * 2 ** previousRetryCount) })
    .configureLogging(LogLevel.None)
    .build();

  for (const name of eventNames) hub.on(name, (wire: unknown) => { onEvent(toEvent(wire)); });
  hub.onreconnecting(() => { onState('reconnecting'); });
  hub.onreconnected(() => void join());
  hub.onclose(() => { if (!stopped) { onState('polling'); again(); } });

  const join = async (): Promise<void> => {
    try {
      const pass = await joinWatchers();
      if (pass) await hub.invoke('subscribe', 'all', pass);
    } finally {
      onState('live');
    }
  };
  const again = (): void => { timer = setTimeout(() => void start(), 5_000); };
  const start = async (): Promise<void> => {
    try {
      if (hub.state === HubConnectionState.Disconnected) await hub.start();
      await join();
    } catch {
      if (!stopped) { onState('polling'); again(); }
    }
  };

  onState('reconnecting');
  void start();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      void hub.stop();
    },
  };
}
