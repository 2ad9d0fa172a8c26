import { ApiError, request } from './http';
import type {
  BulkAction, BulkFilter, BulkResult, ChildCounts, History, HistoryRange, LogLine, QueueStats, Task, TaskEvent, TaskFilter, TaskPage, TaskRequest, TaskType, User,
} from './types';
import { toEvent, toLogLine, toHistory, toPage, toStats, toTask, toUser } from './wire';

// Every call that the pages make, in one place.

/** Whose tasks are meant: one's own (undefined), or as an admin everybody's ("all") or those of the user with this id. */
export type Owner = string | undefined;

const from = (owner: Owner): string => (owner ? `?owner=${encodeURIComponent(owner)}` : '');

export async function listTasks(filter: TaskFilter, owner: Owner, signal?: AbortSignal): Promise<TaskPage> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined && value !== '') query.set(name, String(value));
  if (owner) query.set('owner', owner);
  return toPage(await request('GET', `/api/tasks?${query}`, undefined, signal));
}

export async function getTask(id: string, owner: Owner, signal?: AbortSignal): Promise<Task> {
  return toTask(await request('GET', `/api/tasks/${id}${from(owner)}`, undefined, signal));
}

export async function postTask(task: TaskRequest): Promise<Task> {
  return toTask(await request('POST', '/api/tasks', task));
}

/** Cancels a pending task, asks a running one to stop. */
export async function postCancel(id: string, owner: Owner): Promise<Task> {
  return toTask(await request('POST', `/api/tasks/${id}/cancel${from(owner)}`));
}

export async function postRetry(id: string, owner: Owner): Promise<Task> {
  return toTask(await request('POST', `/api/tasks/${id}/retry${from(owner)}`));
}

/** At most `limit` (up to 1,000) log lines after the first `after`, and how many there are. */
export async function getLogs(id: string, owner: Owner, after: number, limit: number, signal?: AbortSignal): Promise<{ lines: LogLine[]; total: number }> {
  const query = new URLSearchParams({ after: String(after), limit: String(limit), ...(owner ? { owner } : {}) });
  const wire = (await request('GET', `/api/tasks/${id}/logs?${query}`, undefined, signal)) as { logs: unknown[]; total: number };
  return { lines: wire.logs.map(toLogLine), total: wire.total };
}

/** How many tasks a task has made, by their state. */
export async function getChildCounts(id: string, owner: Owner): Promise<ChildCounts> {
  return (await request('GET', `/api/tasks/${id}/children${from(owner)}`)) as ChildCounts;
}

/** What an action would do, or did, to every task that matches. More than 500 are the work of a task: `taskId`. */
export async function postBulk(action: BulkAction, filter: BulkFilter, dryRun: boolean): Promise<BulkResult> {
  const wire = (await request('POST', '/api/tasks/bulk', { action, filter, ...(dryRun ? { dryRun } : {}) })) as BulkWire;
  return { matched: wire.matched ?? 0, changed: wire.changed ?? 0, skipped: wire.skipped ?? [], ...(wire.id ? { taskId: wire.id } : {}) };
}

type BulkWire = Partial<BulkResult> & { id?: string };

/** At most a thousand after the given version. */
export async function getEvents(id: string, owner: Owner, after: number): Promise<TaskEvent[]> {
  const query = new URLSearchParams({ after: String(after), limit: '1000', ...(owner ? { owner } : {}) });
  const wire = (await request('GET', `/api/tasks/${id}/events?${query}`)) as { events: unknown[] };
  return wire.events.map(toEvent);
}

export async function getTypes(): Promise<TaskType[]> {
  return ((await request('GET', '/api/tasks/types')) as { types: TaskType[] }).types;
}

/** null = nobody is signed in. */
export async function getUser(): Promise<User | null> {
  try {
    return toUser(await request('GET', '/.auth/me'));
  } catch (error) {
    // App Service says 401 here, Static Web Apps says null.
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function getWatchPass(): Promise<string> {
  return ((await request('GET', '/api/live/pass')) as { pass: string }).pass;
}

export async function getStats(): Promise<QueueStats> {
  return toStats(await request('GET', '/api/v1/queue/stats'));
}

export async function getHistory(range: HistoryRange): Promise<History> {
  return toHistory(await request('GET', `/api/v1/queue/stats/history?range=${range}`));
}

export const fileUrl = (id: string, owner: Owner): string => `/api/tasks/${id}/file${from(owner)}`;
