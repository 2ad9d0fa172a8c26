import type { Task, TaskEvent } from '../api/types';
import { toTask } from '../api/wire';

/** A task as the API sends it. */
export const wireTask = {
  id: '01a2023549e674f2ab047855bd1c564f',
  type: 'sleep',
  status: 'pending',
  priority: 'normal',
  payload: { seconds: 1 },
  createdAt: '2026-01-02T03:04:00Z',
  createdBy: 'alice',
  source: 'http',
  retryCount: 0,
  maxRetries: 3,
  timeoutSeconds: 14400,
  backoff: { kind: 'exponential', delaySeconds: 1, factor: 2, maxDelaySeconds: 3600 },
  version: 1,
  attempt: 0,
  cancelRequested: false,
  worker: null,
};

export const sampleTask = (part: Partial<Task> = {}): Task => ({ ...toTask(wireTask), ...part });

export const sampleEvent = (part: Partial<TaskEvent> = {}): TaskEvent => ({
  id: wireTask.id,
  event: 'task:progress',
  version: 2,
  at: Date.UTC(2026, 0, 2, 3, 4, 1),
  createdBy: 'alice',
  changed: {},
  ...part,
});
