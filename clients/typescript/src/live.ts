import type { TaskEvent } from './tasks.ts';
import type { components } from './api.gen.ts';
import type { Request } from './request.ts';

const names = ['task:created', 'task:started', 'task:progress', 'task:retrying', 'task:completed', 'task:failed', 'task:cancelled'];

/** A follower that is this far behind fetches what it missed. */
const mostKept = 256;

/** The next event; undefined when something may have been missed, or nothing came in time. */
export interface Follower {
  next: (ms: number, signal?: AbortSignal) => Promise<TaskEvent | undefined>;
  stop: () => void;
}

export interface Live {
  readonly connected: boolean;
  follow: (id: string) => Follower;
  close: () => Promise<void>;
}

/**
 * One connection to the live hub for all tasks that are followed, made with the first of them and ended with the last. It only makes
 * following faster: what it misses, or cannot offer at all, followers fetch.
 */
export function liveEvents(request: Request): Live {
  type Offer = (event: TaskEvent | undefined) => void;
  const followers = new Map<string, Set<Offer>>();
  let connection: { state: string; stop: () => Promise<void> } | undefined;
  let connecting: Promise<void> | undefined;

  const wakeAll = () => followers.forEach((offers) => offers.forEach((offer) => offer(undefined)));

  async function connect(): Promise<void> {
    try {
      const { HubConnectionBuilder, LogLevel } = await import('@microsoft/signalr');
      const negotiate = () => request<components['schemas']['Connection']>('api/negotiate', { method: 'POST', idempotent: true });
      // The token of the negotiation is good for a while; a connection that is made anew later asks for another.
      const first = await negotiate();
      let token: string | undefined = first.accessToken;
      const accessTokenFactory = async () => {
        const known = token ?? (await negotiate()).accessToken;
        token = undefined;
        return known;
      };
      const hub = new HubConnectionBuilder().withUrl(first.url, { accessTokenFactory }).withAutomaticReconnect({
        nextRetryDelayInMilliseconds: ({ previousRetryCount }) => Math.min(2 ** previousRetryCount, 30) * 1000 * Math.random(),
      }).configureLogging(LogLevel.None).build();
      for (const name of names)
        hub.on(name, (...events: TaskEvent[]) => events.forEach((event) => followers.get(event.id)?.forEach((offer) => offer(event))));
      hub.onreconnected(wakeAll);
      await hub.start();
      if (followers.size === 0) return await hub.stop();
      connection = hub;
      // What happened before the connection stood, nobody was told.
      wakeAll();
    } catch {
      // No live events here: not installed, not offered, or not reached. Followers ask instead.
    }
  }

  async function close(): Promise<void> {
    await connecting;
    const ended = connection;
    connection = undefined;
    connecting = undefined;
    await ended?.stop();
  }

  return {
    get connected() {
      return connection?.state === 'Connected';
    },
    close,
    follow: (id) => {
      const events: (TaskEvent | undefined)[] = [];
      let wake = () => {};
      const offer: Offer = (event) => {
        if (events.length >= mostKept) events.shift();
        events.push(event);
        wake();
      };
      if (!followers.has(id)) followers.set(id, new Set());
      followers.get(id)?.add(offer);
      connecting ??= connect();
      return {
        next: (ms, signal) => new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          if (events.length > 0) return resolve(events.shift());
          const end = (settle: () => void) => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', abort);
            wake = () => {};
            settle();
          };
          const abort = () => end(() => reject(signal?.reason));
          const timer = setTimeout(() => end(() => resolve(undefined)), ms);
          signal?.addEventListener('abort', abort, { once: true });
          wake = () => end(() => resolve(events.shift()));
        }),
        stop: () => {
          followers.get(id)?.delete(offer);
          if (followers.get(id)?.size === 0) followers.delete(id);
          // A program that follows nothing any more may end.
          if (followers.size === 0) void close();
        },
      };
    },
  };
}
