import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openLive } from './live';

// The real client, between a server and sockets that are played here.
class Socket extends EventTarget {
  static all: Socket[] = [];
  static readonly OPEN = 1;
  readonly readyState = 1;
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: (event: { code: number; wasClean: boolean; reason: string }) => void;

  constructor(readonly url: string) {
    super();
    Socket.all.push(this);
    queueMicrotask(() => this.onopen?.());
  }

  send(data: string): void {
    if (data.includes('"protocol"')) queueMicrotask(() => this.onmessage?.({ data: '{}\u001e' }));
  }

  close(): void { /* nobody is there */ }
}

let asked: { url: string; authorization: string | null }[];
let hold: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  hold = false;
  Socket.all = [];
  // The client would take this for Node, and look for packages that only servers have.
  vi.stubGlobal('process', Object.create(process, { release: { value: {} } }));
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url, authorization: new Headers(init.headers).get('Authorization') });
    if (hold) return new Promise((_, reject) => { init.signal?.addEventListener('abort', () => { reject(new DOMException('late', 'AbortError')); }); });
    const answer = url.includes('/client')
      ? { connectionId: 'c', connectionToken: 'c', negotiateVersion: 1, availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text'] }] }
      : { url: 'http://hub.example/client/?hub=tasks', accessToken: 'of-the-hub' };
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const states: string[] = [];
const open = () => openLive((state) => { states.push(state); }, () => undefined, () => Promise.resolve(null));

it('reconnects as the one whom the cookie names: the hub’s token is for the hub alone', async () => {
  const live = open();
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual(['reconnecting', 'live']);
  Socket.all[0]?.onclose?.({ code: 1006, wasClean: false, reason: '' });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states).toEqual(['reconnecting', 'live', 'reconnecting', 'live']);
  expect(asked.filter(({ url }) => url.includes('/api/')).map(({ authorization }) => authorization)).toEqual([null, null]);
  expect(asked.filter(({ url }) => url.includes('/client/')).map(({ authorization }) => authorization)).toEqual(['Bearer of-the-hub', 'Bearer of-the-hub']);
  live.stop();
});

it('polls when a negotiation is never answered', async () => {
  states.length = 0;
  hold = true;
  const live = open();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(states).toEqual(['reconnecting', 'polling']);
  hold = false;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(states.at(-1)).toBe('live');
  live.stop();
});

it('hears every event of a message: the progress of several tasks comes as one', async () => {
  const heard: string[] = [];
  const live = openLive(() => undefined, (event) => { heard.push(`${event.id} ${event.version}`); }, () => Promise.resolve(null));
  await vi.advanceTimersByTimeAsync(0);
  const wire = (id: string) => ({ id, version: 3, event: 'task:progress', at: '2026-03-01T08:00:00.000Z', createdBy: 'ada', changed: {} });
  Socket.all[0]?.onmessage?.({ data: `${JSON.stringify({ type: 1, target: 'task:progress', arguments: [wire('a'), wire('b')] })}\u001e` });
  expect(heard).toEqual(['a 3', 'b 3']);
  live.stop();
});
