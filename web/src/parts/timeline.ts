import type { Task, TaskEvent } from '../api/types';

export type Stage = 'waiting' | 'attempt' | 'backoff';

export interface Segment {
  stage: Stage;
  from: number;
  to: number;
  /** Of an attempt: which one. */
  attempt?: number;
  /** Of an attempt: how it ended; absent while it runs. */
  end?: 'completed' | 'failed' | 'cancelled' | 'released';
}

/**
 * The stretches of a task's life, one after the other, up to its end or `now`. Made of its events; where those are gone (they
 * are kept for a while only) of the task's own times.
 */
export function timeline(task: Task, events: readonly TaskEvent[], now: number): Segment[] {
  const end = task.completedAt ?? task.cancelledAt ?? Math.max(now, task.createdAt);
  const segments: Segment[] = [];
  let open: Segment = { stage: 'waiting', from: task.createdAt, to: end };
  const close = (at: number, how?: Segment['end']): void => {
    segments.push({ ...open, to: Math.max(open.from, at), ...(how && open.stage === 'attempt' ? { end: how } : {}) });
  };
  const wait = (from: number): void => { open = { stage: 'waiting', from, to: end }; };

  for (const { event, at, changed } of withStart(task, events)) {
    if (event === 'task:started') {
      close(at);
      open = { stage: 'attempt', from: at, to: end, attempt: changed.attempt ?? segments.filter((one) => one.stage === 'attempt').length + 1 };
    } else if (event === 'task:retrying') {
      close(at, changed.error ? 'failed' : 'released');
      if (changed.runAt && changed.runAt > at) segments.push({ stage: 'backoff', from: at, to: Math.min(changed.runAt, Math.max(end, at)) });
      wait(changed.runAt && changed.runAt > at ? Math.min(changed.runAt, end) : at);
    } else if (event === 'task:completed' || event === 'task:failed' || event === 'task:cancelled') {
      close(at, event.slice('task:'.length) as Segment['end']);
      wait(at);
    }
  }
  const ended = task.completedAt !== null || task.cancelledAt !== null;
  if (!ended) close(end);
  else if (open.stage === 'attempt') close(end, task.status === 'cancelled' ? 'cancelled' : task.status === 'failed' ? 'failed' : 'completed');
  return segments.filter((one, index) => one.to > one.from || one.stage === 'attempt' || index === 0);
}

function withStart(task: Task, events: readonly TaskEvent[]): TaskEvent[] {
  if (events.some((event) => event.event === 'task:started') || task.startedAt === null) return [...events];
  return [{ id: task.id, event: 'task:started', version: 0, at: task.startedAt, createdBy: '', changed: { attempt: task.attempt } }];
}
