import type { Task, TaskError, TaskEvent } from '../api/types';

export type Stage = 'waiting' | 'attempt' | 'backoff' | 'ended';

export interface Segment {
  stage: Stage;
  from: number;
  to: number;
  /** Of an attempt: which one. */
  attempt?: number;
  /** Of an attempt: who ran it, where that is known. */
  worker?: string;
  /** Of an attempt: how it ended; absent while it runs. `lost`: its worker was not heard of any more, and another took over. */
  end?: 'completed' | 'failed' | 'cancelled' | 'released' | 'lost';
  /** Of an attempt that failed. */
  error?: TaskError;
}

/**
 * The stretches of a task's life, one after the other, up to its end or `now`. Made of its events; where those are gone of the
 * task's own times.
 */
export function timeline(task: Task, events: readonly TaskEvent[], now: number): Segment[] {
  const end = task.completedAt ?? task.cancelledAt ?? Math.max(now, task.createdAt);
  const segments: Segment[] = [];
  let open: Segment = { stage: 'waiting', from: task.createdAt, to: end };
  const close = (at: number, how?: Segment['end'], error?: TaskError | null): void => {
    segments.push({ ...open, to: Math.max(open.from, at), ...(how && open.stage === 'attempt' ? { end: how, ...(error ? { error } : {}) } : {}) });
  };
  const wait = (from: number, stage: Stage = 'waiting'): void => { open = { stage, from, to: end }; };

  for (const { event, at, changed } of withStart(task, events)) {
    if (event === 'task:started') {
      close(at, 'lost');
      const attempt = changed.attempt ?? segments.filter((one) => one.stage === 'attempt').length + 1;
      const worker = changed.worker ?? (attempt === task.attempt ? task.worker : null);
      open = { stage: 'attempt', from: at, to: end, attempt, ...(worker ? { worker } : {}) };
    } else if (event === 'task:retrying') {
      close(at, changed.error ? 'failed' : 'released', changed.error);
      const due = changed.runAt && changed.runAt > at ? changed.runAt : at;
      if (due > at) segments.push({ stage: 'backoff', from: at, to: Math.min(due, Math.max(end, at)) });
      wait(Math.min(due, Math.max(end, at)));
    } else if (event === 'task:completed' || event === 'task:failed' || event === 'task:cancelled') {
      close(at, event.slice('task:'.length) as Segment['end'], changed.error);
      wait(at, 'ended');
    }
  }
  const ended = task.completedAt !== null || task.cancelledAt !== null;
  if (!ended) close(end);
  else if (open.stage === 'attempt') close(end, task.status === 'cancelled' ? 'cancelled' : task.status === 'failed' ? 'failed' : 'completed', task.error);
  return withWholeError(task, segments.filter((one, index) => one.to > one.from || one.stage === 'attempt' || index === 0));
}

function withStart(task: Task, events: readonly TaskEvent[]): TaskEvent[] {
  if (events.some((event) => event.event === 'task:started') || task.startedAt === null) return [...events];
  return [{ id: task.id, event: 'task:started', version: 0, at: task.startedAt, createdBy: '', changed: { attempt: task.attempt } }];
}

/** Events cut long messages; the task has the whole of its last error. */
function withWholeError(task: Task, segments: Segment[]): Segment[] {
  const at = segments.findLastIndex((one) => one.error);
  const last = segments[at];
  if (!task.error || !last || last.error?.code !== task.error.code) return segments;
  return segments.with(at, { ...last, error: task.error });
}

/** No stretch is narrower than this part of the picture, where there is room for all of them. */
const least = 0.012;

/** The part of the picture that each stretch gets; all together are 1. Short ones are seen, long ones share what is left by their lengths. */
export function shares(segments: readonly Pick<Segment, 'from' | 'to'>[]): number[] {
  const lengths = segments.map((one) => Math.max(0, one.to - one.from));
  const floor = Math.min(least, 0.5 / Math.max(1, segments.length));
  const total = lengths.reduce((sum, one) => sum + one, 0);
  if (total === 0) return segments.map(() => 1 / segments.length);
  const narrow = lengths.map((one) => one / total < floor);
  const rest = 1 - floor * narrow.filter(Boolean).length;
  const wide = lengths.reduce((sum, one, index) => (narrow[index] ? sum : sum + one), 0);
  return lengths.map((one, index) => (narrow[index] ? floor : (rest * one) / wide));
}
