import type { History, HistoryPoint, LogLine, QueueStats, Task, TaskEvent, TaskPage, User } from './types';

// The one place where what comes over the wire becomes what the pages see.

type Wire = Record<string, unknown>;

const times = ['createdAt', 'startedAt', 'completedAt', 'cancelledAt', 'runAt'] as const;

const time = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);

/** ISO times become milliseconds; absent optional fields become null. */
export function toTask(wire: unknown): Task {
  const from = wire as Wire;
  const task = { result: null, error: null, progress: null, tags: [], parent: null, after: null, blocked: false, hasChildren: false, ...from } as Wire;
  for (const name of times) task[name] = time(from[name]);
  return task as unknown as Task;
}

export function toPage(wire: unknown): TaskPage {
  const from = wire as TaskPage;
  return { ...from, tasks: from.tasks.map(toTask) };
}

/** Only the fields that the event names are in `changed`. */
export function toEvent(wire: unknown): TaskEvent {
  const from = wire as Wire;
  const changed = { ...(from.changed as Wire) };
  for (const name of times) if (name in changed) changed[name] = time(changed[name]);
  return { ...from, at: time(from.at) ?? 0, changed } as unknown as TaskEvent;
}

export function toLogLine(wire: unknown): LogLine {
  const from = wire as Wire;
  return { at: time(from.time) ?? 0, level: from.level, message: from.message } as LogLine;
}

/** A task with an event's changes; the same task when the event is not newer than what is there. */
export function applyEvent(task: Task, event: TaskEvent): Task {
  if (event.version <= task.version) return task;
  const { changed } = event;
  const next: Task & { resultSummary?: string } = { ...task, ...changed, version: event.version };
  delete next.resultSummary; // the list shows none, the details fetch the whole
  // Back in its lane: what its last end left is over. The event names only what it sets.
  return event.event === 'task:retrying' ? { ...next, completedAt: null, cancelledAt: null, progress: null, error: changed.error ?? null } : next;
}

export function toStats(wire: unknown): QueueStats {
  const from = wire as QueueStats & { workers: Wire[] };
  return { ...from, workers: from.workers.map((worker) => ({ ...worker, seenAt: time(worker.seenAt) ?? 0 })) } as QueueStats;
}

export function toHistory(wire: unknown): History {
  const from = wire as { stepSeconds: number; points: Wire[] };
  return { step: from.stepSeconds * 1000, points: from.points.map((point) => ({ ...point, at: time(point.at) ?? 0 }) as unknown as HistoryPoint) };
}

type AppServiceUser = { user_id: string; user_claims?: { typ: string; val: string }[] };
type StaticWebAppsUser = { clientPrincipal: { userId: string; userDetails: string; userRoles: string[] } | null };

const idClaims = /(^|\/)(objectidentifier|oid|nameidentifier|sub)$/;
const roleClaims = /(^|\/)roles?$/;

/** `/.auth/me`, which App Service and Static Web Apps answer in shapes of their own. */
export function toUser(wire: unknown): User | null {
  if (!Array.isArray(wire)) {
    const principal = (wire as StaticWebAppsUser).clientPrincipal;
    return principal && { name: principal.userDetails, ids: [principal.userId, principal.userDetails], roles: principal.userRoles };
  }
  const first = wire[0] as AppServiceUser | undefined;
  if (!first) return null;
  const claims = first.user_claims ?? [];
  const of = (which: RegExp): string[] => claims.filter((claim) => which.test(claim.typ)).map((claim) => claim.val);
  return { name: first.user_id, ids: [...new Set([first.user_id, ...of(idClaims)])], roles: of(roleClaims) };
}
