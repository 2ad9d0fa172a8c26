import type { components } from './api.gen.ts';

type Schemas = components['schemas'];

export type TaskState = Schemas['State'];
export type TaskPriority = Schemas['Priority'];
export type TaskPage = Schemas['TaskPage'];
export type TaskType = Schemas['TypeList']['types'][number];
export type TaskLogLine = Schemas['LogPage']['logs'][number];
export type QueueStats = Schemas['QueueStats'];

/** A task whose result, once it has completed, is of this shape. */
export type Task<Result = unknown> = Omit<Schemas['Task'], 'result'> & { result: Result | null };

/** `changed` has the fields that changed, as the task has them. */
export type TaskEvent = Omit<Schemas['EventList']['events'][number], 'changed'> & { changed: Partial<Task> };

/** How a task is to be run; what is left out is as the service has it. */
export type CreateOptions = Omit<Schemas['NewTask'], 'type' | 'payload'> & {
  /** Made by the client when left out; one of your own makes one task whoever asks again, for 24 hours. */
  idempotencyKey?: string;
  signal?: AbortSignal;
};

export interface TaskFilter {
  status?: TaskState;
  type?: string;
  priority?: TaskPriority;
  tag?: string;
  /** Words, each the beginning of one that a task is found by. */
  q?: string;
  /** `me`; for admins `all`, or a user's id. */
  owner?: string;
}

export const hasEnded = (task: { status: TaskState }): boolean => task.status === 'completed' || task.status === 'failed' || task.status === 'cancelled';

export const isEnd = ({ event }: TaskEvent): boolean => event === 'task:completed' || event === 'task:failed' || event === 'task:cancelled';

/** A task whose result was asked for failed, or was cancelled. */
export class TaskNotCompletedError extends Error {
  override readonly name = 'TaskNotCompletedError';

  constructor(
    /** As it ended; its error says why. */
    readonly task: Task,
  ) {
    super(task.error ? `Task ${task.id} ${task.status}: ${task.error.message} (${task.error.code})` : `Task ${task.id} was ${task.status}.`);
  }
}
