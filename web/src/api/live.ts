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
  /** Joins or leaves the admins who hear everybody's events; does nothing while there is no connection. */
  watch: () => Promise<void>;
  /** Closes for good. */
  stop: () => void;
}

/** How long one request of the connection may take: one that never answers must not keep the page from polling. */
const answerWithinMs = 10_000;

/**
 * Keeps a connection to the hub for as long as the page lives. `onState` hears "live" after every (re)connect, which is when
 * the stores must refetch what they show: events may have passed meanwhile. `watchPass` answers a pass for everybody's
 * events, or null when only one's own are wanted.
 */
export function openLive(
  onState: (state: Connection) => void,
  onEvent: (event: TaskEvent) => void,
  watchPass: () => Promise<string | null>,
): Live {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watching = false;
  const hub: HubConnection = new HubConnectionBuilder()
    // Without a factory of its own the client would send the hub's token, which the first negotiation brought, to the next one:
    // the app takes it for somebody's sign-in and refuses it. The page is who its cookie says.
    .withUrl('/api', { accessTokenFactory: () => '', timeout: answerWithinMs })
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: reconnectDelay })
    .configureLogging(LogLevel.None)
    .build();

  const watch = async (): Promise<void> => {
    if (hub.state !== HubConnectionState.Connected) return;
    const pass = await watchPass();
    if (pass) await hub.invoke('subscribe', 'all', pass);
    else if (watching) await hub.invoke('unsubscribe', 'all');
    watching = pass !== null;
  };
  const join = async (): Promise<void> => {
    watching = false;
    try {
      await watch();
    } finally {
      onState('live');
    }
  };
  const again = (): void => {
    if (stopped) return;
    onState('polling');
    timer = setTimeout(() => void start(), 5_000);
  };
  const start = async (): Promise<void> => {
    try {
      await hub.start();
    } catch {
      again();
      return;
    }
    await join().catch(() => undefined);
  };

  // A message may bring several events of its name: the progress of several tasks.
  for (const name of eventNames) hub.on(name, (...wires: unknown[]) => { for (const wire of wires) onEvent(toEvent(wire)); });
  hub.onreconnecting(() => { onState('reconnecting'); });
  hub.onreconnected(() => void join().catch(() => undefined));
  hub.onclose(again);

  onState('reconnecting');
  void start();
  return {
    watch,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      void hub.stop();
    },
  };
}

/** Half a second, doubling to ten; after four failures the pages poll instead, and the hub is tried from the beginning. */
function reconnectDelay({ previousRetryCount }: { previousRetryCount: number }): number | null {
  return previousRetryCount < 4 ? 500 * 2 ** previousRetryCount : null;
}
