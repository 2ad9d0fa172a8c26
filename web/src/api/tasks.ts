import { request } from './http';
import type { LogLevel, LogLine, Task, TaskEvent, TaskFilter, TaskPage, TaskRequest, TaskType, User } from './types';
import { toEvent, toLogLine, toPage, toTask } from './wire';

// Every call that the pages make, in one place.

export async function listTasks(filter: TaskFilter, everybody: boolean, signal?: AbortSignal): Promise<TaskPage> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined && value !== '') query.set(name, String(value));
  if (everybody) query.set('owner', 'all');
  return toPage(await request('GET', `/api/tasks?${query}`, undefined, signal));
}

export async function getTask(id: string, signal?: AbortSignal): Promise<Task> {
  return toTask(await request('GET', `/api/tasks/${id}`, undefined, signal));
}

export async function postTask(task: TaskRequest): Promise<Task> {
  return toTask(await request('POST', '/api/tasks', task));
}

/** Cancels a pending task, asks a running one to stop. */
export async function postCancel(id: string): Promise<Task> {
  return toTask(await request('POST', `/api/tasks/${id}/cancel`));
}

export async function postRetry(id: string): Promise<Task> {
  return toTask(await request('POST', `/api/tasks/${id}/retry`));
}

export async function getLogs(id: string, level: LogLevel | undefined, page: number, pageSize: number): Promise<{ lines: LogLine[]; total: number }> {
  const query = new URLSearchParams({ page: String(page), pageSize: String(pageSize), ...(level ? { level } : {}) });
  const wire = (await request('GET', `/api/tasks/${id}/logs?${query}`)) as { logs: unknown[]; total: number };
  return { lines: wire.logs.map(toLogLine), total: wire.total };
}

export async function getEvents(id: string, after = 0): Promise<TaskEvent[]> {
  const wire = (await request('GET', `/api/tasks/${id}/events?after=${after}&limit=1000`)) as { events: unknown[] };
  return wire.events.map(toEvent);
}

export async function getTypes(): Promise<TaskType[]> {
  return ((await request('GET', '/api/tasks/types')) as { types: TaskType[] }).types;
}

/** null = nobody is signed in. */
export async function getUser(): Promise<User | null> {
  const principals = (await request('GET', '/.auth/me')) as
    | { user_id: string; user_claims?: { typ: string; val: string }[] }[]
    | { clientPrincipal: { userDetails: string; userRoles: string[] } | null };
  if (!Array.isArray(principals)) {
    // Static Web Apps answer in a shape of their own.
    const principal = principals.clientPrincipal;
    return principal && { id: principal.userDetails, roles: principal.userRoles };
  }
  const first = principals[0];
  if (!first) return null;
  const roles = (first.user_claims ?? []).filter((claim) => /(^|\/)roles?$/.test(claim.typ)).map((claim) => claim.val);
  return { id: first.user_id, roles };
}

export async function getWatchPass(): Promise<string> {
  return ((await request('GET', '/api/live/pass')) as { pass: string }).pass;
}

export const fileUrl = (id: string): string => `/api/tasks/${id}/file`;
