import { TasklaneError } from './problem.ts';

export interface TasklaneOptions {
  /** The service's address, such as http://localhost:7071; a path before /api is kept. */
  url: string;
  /** A token that App Service authentication accepts, or what gets one before each request. Left out, a browser's session cookie counts. */
  token?: string | (() => string | Promise<string>);
  /** Instead of the platform's own. */
  fetch?: typeof globalThis.fetch;
  /** How often a request is sent again that met 429, a store that is away, or a connection that was lost; default 4. */
  maxRetries?: number;
  /** The longest wait before that, in seconds; one that is asked to wait longer fails at once. Default 30. */
  maxRetryWait?: number;
  /** Whether followed tasks' events come by SignalR, where @microsoft/signalr is installed and the service offers it. Default true. */
  live?: boolean;
  /** The longest pause between two questions for a followed task where no live events come, in milliseconds; default 1000. */
  pollInterval?: number;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Under which a repetition is no second request. */
  key?: string;
  /** Carried out twice it does what it does once; GET does anyway. */
  idempotent?: boolean;
  signal?: AbortSignal;
}

export type Request = <T>(path: string, call?: Call) => Promise<T>;

const firstWait = 0.5;
const longestWait = 8;

/** The one function that fetches: it sends again what is safe to repeat and may do better later. */
export function requests(options: TasklaneOptions): Request {
  const root = options.url.endsWith('/') ? options.url : `${options.url}/`;
  if (!URL.canParse(root) || !/^https?:/.test(root)) throw new TypeError(`url is '${options.url}': give the service's address, such as http://localhost:7071.`);
  const { maxRetries = 4, maxRetryWait = 30 } = options;

  return async <T>(path: string, call: Call = {}): Promise<T> => {
    for (let attempt = 0; ; attempt++) {
      const outcome = await once(path, call);
      if (!(outcome instanceof TasklaneError)) return (outcome.status === 204 ? undefined : await outcome.json()) as T;
      const wait = outcome.retryAfter ?? Math.min(firstWait * 2 ** attempt, longestWait) * (0.5 + Math.random() / 2);
      if (attempt >= maxRetries || wait > maxRetryWait || !mayHelp(outcome, call)) throw outcome;
      await pause(wait * 1000, call.signal);
    }
  };

  async function once(path: string, { method = 'GET', query, body, key, signal }: Call): Promise<Response | TasklaneError> {
    const url = new URL(path, root);
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
    const headers = new Headers();
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    if (token) headers.set('Authorization', `Bearer ${token}`);
    if (key) headers.set('Idempotency-Key', key);
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    try {
      const answer = await (options.fetch ?? globalThis.fetch)(url, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null });
      return answer.ok ? answer : await TasklaneError.of(answer);
    } catch (cause) {
      signal?.throwIfAborted();
      return new TasklaneError('unreachable', undefined, `No answer from ${root}`, reason(cause), [], undefined, { cause });
    }
  }
}

/** Whether the same request may do better later, and does no harm if it was carried out already. */
function mayHelp({ status, code }: TasklaneError, { method = 'GET', key, idempotent }: Call): boolean {
  if (status === 429 || code === 'store_unavailable') return true;
  if (code === 'http_404') return true; // not the app's own: a host that is starting knows no functions yet
  if (code === 'store_full') return false; // somebody has to make room first
  // No answer, a gateway's, or one that says so itself: nobody knows whether it was done.
  const unknown = status === undefined || status === 502 || status === 503 || status === 504;
  return unknown && (method === 'GET' || method === 'PUT' || key !== undefined || idempotent === true);
}

function reason(cause: unknown): string {
  let deepest = cause;
  while (deepest instanceof Error && deepest.cause) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}

/** Milliseconds; an abort ends it with its reason. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
