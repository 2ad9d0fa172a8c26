import { following } from './follow.ts';
import { liveEvents } from './live.ts';
import { requests, type Request, type TasklaneOptions } from './request.ts';
import { hasEnded, TaskNotCompletedError, type CreateOptions, type QueueStats, type Task, type TaskEvent, type TaskFilter, type TaskLogLine, type TaskPage, type TaskType } from './tasks.ts';

export type { components } from './api.gen.ts';
export { TasklaneError, type FieldProblem } from './problem.ts';
export type { Call, Request, TasklaneOptions } from './request.ts';
export * from './tasks.ts';

/** What can be given up. */
export interface Abortable {
  signal?: AbortSignal;
}

/** Tasklane over HTTP. What is refused is a `TasklaneError`. */
export interface Tasklane {
  create: <Result = unknown>(type: string, payload: unknown, options?: CreateOptions) => Promise<Task<Result>>;
  get: <Result = unknown>(id: string, options?: Abortable) => Promise<Task<Result>>;
  /** One page, newest first; `after` is the `next` of the page before. */
  page: (filter?: TaskFilter & { after?: string; pageSize?: number }, options?: Abortable) => Promise<TaskPage>;
  /** All that a filter finds, newest first; none is missed or met twice. */
  list: (filter?: TaskFilter, options?: Abortable) => AsyncGenerator<TaskPage['tasks'][number], void, undefined>;
  /** Waits until the task has ended, and returns it as it ended. */
  wait: <Result = unknown>(id: string, options?: Abortable & { onEvent?: (event: TaskEvent) => void }) => Promise<Task<Result>>;
  /** Waits for the result. @throws TaskNotCompletedError when it failed or was cancelled. */
  result: <Result = unknown>(id: string, options?: Abortable) => Promise<Result>;
  /** Changes after a version, each once and in their order, as they happen, until the task has ended. */
  events: (id: string, options?: Abortable & { after?: number }) => AsyncGenerator<TaskEvent, void, undefined>;
  /** Log lines, oldest first; with `follow` until the task has ended. */
  logs: (id: string, options?: Abortable & { level?: TaskLogLine['level']; follow?: boolean }) => AsyncGenerator<TaskLogLine, void, undefined>;
  /** A running task is asked to stop, and is cancelled a little later. */
  cancel: (id: string, options?: Abortable) => Promise<Task>;
  /** Runs a failed or cancelled task again. */
  retry: (id: string, options?: Abortable & { idempotencyKey?: string }) => Promise<Task>;
  types: (options?: Abortable) => Promise<TaskType[]>;
  stats: (options?: Abortable) => Promise<QueueStats>;
  /** For the rest of the API: signed in, retried where that is safe, refused with a `TasklaneError`. Paths begin with `api/`. */
  request: Request;
}

export function createTasklane(options: TasklaneOptions): Tasklane {
  const request = requests(options);
  const follow = following(request, options.live === false ? undefined : liveEvents(request), options.pollInterval ?? 1000);
  const path = (id: string, rest = '') => `api/tasks/${encodeURIComponent(id)}${rest}`;
  const call = (given?: Abortable) => (given?.signal ? { signal: given.signal } : {});
  const newKey = () => crypto.randomUUID();

  const tasklane: Tasklane = {
    request,
    create: (type, payload, { idempotencyKey = newKey(), signal, ...rest } = {}) =>
      request('api/tasks', { method: 'POST', body: { type, payload, ...rest }, key: idempotencyKey, ...call(signal && { signal }) }),
    get: (id, given) => request(path(id), call(given)),
    page: (filter, given) => request('api/tasks', { query: { ...filter }, ...call(given) }),
    list: async function* (filter, given) {
      let after: string | undefined;
      do {
        const page = await tasklane.page({ ...filter, pageSize: 100, ...(after ? { after } : {}) }, given);
        yield* page.tasks;
        after = page.next ?? undefined;
      } while (after);
    },
    wait: async <Result>(id: string, given?: Abortable & { onEvent?: (event: TaskEvent) => void }) => {
      for (;;) {
        const task = await tasklane.get<Result>(id, given);
        if (hasEnded(task)) return task;
        // One that somebody retries meanwhile is waited for once more.
        for await (const event of follow.events(id, task.version, given?.signal)) given?.onEvent?.(event);
      }
    },
    result: async <Result>(id: string, given?: Abortable) => {
      const task = await tasklane.wait<Result>(id, given);
      if (task.status !== 'completed') throw new TaskNotCompletedError(task);
      return task.result as Result;
    },
    events: (id, given) => follow.events(id, given?.after ?? 0, given?.signal),
    logs: (id, given) => follow.logs(id, given?.level, given?.follow ?? false, given?.signal),
    cancel: (id, given) => request(path(id, '/cancel'), { method: 'POST', idempotent: true, ...call(given) }),
    retry: (id, given) => request(path(id, '/retry'), { method: 'POST', key: given?.idempotencyKey ?? newKey(), ...call(given) }),
    types: async (given) => (await request<{ types: TaskType[] }>('api/tasks/types', call(given))).types,
    stats: (given) => request('api/v1/queue/stats', call(given)),
  };
  return tasklane;
}
