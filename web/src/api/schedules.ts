import { request } from './http';
import type { Owner } from './tasks';
import type { Task, TaskRequest } from './types';
import { toPage, toTask } from './wire';

/** A plan that makes tasks: one of `cron`, `everySeconds` and `at`. Times are ms since 1970. */
export interface Schedule {
  id: string;
  name: string;
  owner: string;
  cron: string | null;
  everySeconds: number | null;
  at: number | null;
  timeZone: string;
  from: number | null;
  missed: Missed;
  overlap: Overlap;
  paused: boolean;
  task: TaskRequest;
  nextAt: number | null;
  lastAt: number | null;
  lastTaskId: string | null;
  /** Why the last tick made no task. */
  lastError: string | null;
  fired: number;
  skipped: number;
  createdAt: number;
  version: number;
  /** The next ten ticks; only of a single schedule. */
  next: number[];
}

export const missedTicks = ['skip', 'once', 'all'] as const;
export type Missed = (typeof missedTicks)[number];
export const overlaps = ['skip', 'queue', 'cancel'] as const;
export type Overlap = (typeof overlaps)[number];

/** What a form says of a schedule; a text that is no number or time goes as it is, for the server to refuse. */
export interface ScheduleRequest {
  name: string;
  cron?: string;
  timeZone?: string;
  everySeconds?: number | string;
  at?: string;
  missed: Missed;
  overlap: Overlap;
  paused: boolean;
  task: TaskRequest;
}

const from = (owner: Owner): string => (owner ? `?owner=${encodeURIComponent(owner)}` : '');
const time = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);

function toSchedule(wire: unknown): Schedule {
  const one = wire as Record<string, unknown>;
  const times = Object.fromEntries(['at', 'from', 'nextAt', 'lastAt', 'createdAt'].map((name) => [name, time(one[name])]));
  return { ...one, ...times, next: ((one.next ?? []) as string[]).map((tick) => Date.parse(tick)) } as unknown as Schedule;
}

export async function listSchedules(owner: Owner, after?: string): Promise<{ schedules: Schedule[]; next: string | null }> {
  const query = new URLSearchParams({ pageSize: '100', ...(owner ? { owner } : {}), ...(after ? { after } : {}) });
  const wire = (await request('GET', `/api/schedules?${query}`)) as { schedules: unknown[]; next: string | null };
  return { schedules: wire.schedules.map(toSchedule), next: wire.next };
}

export async function getSchedule(id: string, owner: Owner, signal?: AbortSignal): Promise<Schedule> {
  return toSchedule(await request('GET', `/api/schedules/${id}${from(owner)}`, undefined, signal));
}

export async function postSchedule(schedule: ScheduleRequest): Promise<Schedule> {
  return toSchedule(await request('POST', '/api/schedules', schedule));
}

export async function putSchedule(id: string, owner: Owner, schedule: ScheduleRequest): Promise<Schedule> {
  return toSchedule(await request('PUT', `/api/schedules/${id}${from(owner)}`, schedule));
}

export async function postPaused(id: string, owner: Owner, paused: boolean): Promise<Schedule> {
  return toSchedule(await request('POST', `/api/schedules/${id}/${paused ? 'pause' : 'resume'}${from(owner)}`));
}

/** Makes a task of it now, beside its ticks. */
export async function postRun(id: string, owner: Owner): Promise<Task> {
  return toTask(await request('POST', `/api/schedules/${id}/run${from(owner)}`));
}

export async function deleteSchedule(id: string, owner: Owner): Promise<void> {
  await request('DELETE', `/api/schedules/${id}${from(owner)}`);
}

/** Its newest tasks. */
export async function listRuns(id: string, owner: Owner): Promise<Task[]> {
  const query = new URLSearchParams({ pageSize: '10', ...(owner ? { owner } : {}) });
  return toPage(await request('GET', `/api/schedules/${id}/runs?${query}`)).tasks;
}

/** When a plan would tick. */
export async function previewTicks(plan: { cron?: string; timeZone?: string; everySeconds?: number }, signal?: AbortSignal): Promise<number[]> {
  const query = new URLSearchParams({ count: '5' });
  for (const [name, value] of Object.entries(plan)) query.set(name, String(value));
  const wire = (await request('GET', `/api/schedules/preview?${query}`, undefined, signal)) as { next: string[] };
  return wire.next.map((tick) => Date.parse(tick));
}
