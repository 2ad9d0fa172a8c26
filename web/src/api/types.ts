/** A task as the pages see it: times are numbers (ms since 1970) or null, everything else as in the HTTP API. */
export interface Task {
  id: string;
  type: string;
  status: TaskStatus;
  priority: TaskPriority;
  payload: unknown;
  result: unknown;
  error: TaskError | null;
  progress: TaskProgress | null;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  cancelledAt: number | null;
  createdBy: string;
  source: string;
  retryCount: number;
  maxRetries: number;
  timeoutSeconds: number;
  backoff: Backoff;
  runAt: number | null;
  tags: readonly string[];
  version: number;
  attempt: number;
  cancelRequested: boolean;
  worker: string | null;
  /** Id of the task that made it. */
  parent: string | null;
  /** The tasks that it waits for, or has waited for. */
  after: After | null;
  /** It waits for other tasks: while pending for those of `after`, while running for its children. */
  blocked: boolean;
  hasChildren: boolean;
  /** In lists a long payload or result is left out. */
  payloadOmitted?: boolean;
  resultOmitted?: boolean;
}

export interface After {
  tasks: string[];
  any: boolean;
  onFailure: 'cancel' | 'fail' | 'run';
}

export interface ChildCounts {
  total: number;
  pending: number;
  running: number;
  completed: number;
  failed: number;
  cancelled: number;
}

export type BulkAction = 'cancel' | 'retry' | 'delete';

export interface BulkFilter {
  owner?: string;
  status?: TaskStatus;
  type?: string;
  priority?: TaskPriority;
  tag?: string;
  q?: string;
}

export interface BulkResult {
  matched: number;
  changed: number;
  skipped: { id: string; code: string }[];
  /** The task that does it, when there are many. */
  taskId?: string;
}

export const statuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof statuses)[number];

export const priorities = ['high', 'normal', 'low'] as const;
export type TaskPriority = (typeof priorities)[number];

export interface TaskError {
  code: string;
  message: string;
  details?: unknown;
}

/** Percent is 0 to 100. */
export interface TaskProgress {
  current: number;
  total: number;
  percent: number;
  message: string | null;
}

/** Seconds. */
export interface Backoff {
  kind: 'exponential' | 'quadratic' | 'fixed';
  delaySeconds: number;
  factor: number;
  maxDelaySeconds: number;
}

export interface TaskFilter {
  status?: TaskStatus | undefined;
  type?: string | undefined;
  priority?: TaskPriority | undefined;
  q?: string | undefined;
  tag?: string | undefined;
  parent?: string | undefined;
  page: number;
  pageSize: number;
}

export interface TaskPage {
  tasks: Task[];
  total: number;
  page: number;
  pageSize: number;
}

export interface TaskRequest {
  type: string;
  payload: unknown;
  priority?: TaskPriority;
  maxRetries?: number;
  timeoutSeconds?: number;
  delaySeconds?: number;
  tags?: string[];
}

export type JsonSchema = {
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  additionalProperties?: boolean | JsonSchema;
};

export interface TaskType {
  name: string;
  description: string;
  schema: JsonSchema;
  requiredRole: string | null;
}

export const logLevels = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogLine {
  at: number;
  level: LogLevel;
  message: string;
}

/** What a change of a task tells: the fields that changed, as in {@link Task}. */
export interface TaskEvent {
  id: string;
  event: string;
  version: number;
  at: number;
  createdBy: string;
  changed: Partial<Task> & { resultSummary?: string };
}

export interface User {
  /** As shown. */
  name: string;
  /** What `createdBy` of this user's tasks may be: which of a sign-in's ids counts is the front door's to say. */
  ids: readonly string[];
  roles: readonly string[];
}

/** Milliseconds that half, 95 % and 99 % of all durations stay below. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** How the queue is doing at one moment. */
export interface QueueStats {
  total: number;
  pending: number;
  running: number;
  completed: number;
  failed: number;
  cancelled: number;
  depth: Record<TaskPriority, number>;
  delayed: number;
  oldestWaitingSeconds: number;
  /** 0 = unlimited. */
  maxRunning: number;
  totals: { created: number; processed: number; completed: number; failed: number; cancelled: number; retried: number };
  throughputPerMinute: number;
  latency: { waitMs: Percentiles; runMs: Percentiles };
  workers: { name: string; running: number; seenAt: number }[];
}

export const historyRanges = ['1h', '24h', '7d', '30d'] as const;
export type HistoryRange = (typeof historyRanges)[number];

export interface History {
  /** What each point stands for, in milliseconds. */
  step: number;
  points: HistoryPoint[];
}

/** What ended and began within a minute, or a longer step of the history. */
export interface HistoryPoint {
  /** When it begins, in milliseconds since 1970. */
  at: number;
  created: number;
  completed: number;
  failed: number;
  cancelled: number;
  retried: number;
  waitMs: Percentiles;
  runMs: Percentiles;
  /** How full the queue was when it was last looked at within the step; null when nobody looked. */
  depth: Record<TaskPriority, number> | null;
  running: number | null;
  oldestWaitingSeconds: number | null;
}
