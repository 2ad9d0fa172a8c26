import type { Task } from '../api/types';

/** Why a task does not go on at the moment. */
export type Wait =
  | { why: 'after' | 'children' | 'lane' }
  /** `until`: when it has its turn again, in ms since 1970. */
  | { why: 'delayed' | 'backoff'; until: number };

/** undefined: it goes on, or has ended. What the store alone knows, which limit holds a task in its lane, is not in the task. */
export function waitOf(task: Task, now: number): Wait | undefined {
  if (task.status === 'running') return task.blocked ? { why: 'children' } : undefined;
  if (task.status !== 'pending') return undefined;
  if (task.blocked) return { why: 'after' };
  if (task.runAt !== null && task.runAt > now) return { why: task.retryCount > 0 && task.error ? 'backoff' : 'delayed', until: task.runAt };
  return { why: 'lane' };
}

/** When the last attempt began and, if it has, ended; nothing for a task that waits for its first. */
export function lastAttempt(task: Task): { from: number; to: number | undefined } | undefined {
  if (task.startedAt === null || task.status === 'pending') return undefined;
  const end = task.completedAt ?? task.cancelledAt ?? undefined;
  // Cancelled while it waited for another attempt: the last one had ended before that, nobody knows when.
  if (task.status === 'running') return { from: task.startedAt, to: undefined };
  return end !== undefined && end >= task.startedAt ? { from: task.startedAt, to: end } : undefined;
}
