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
  additionalProperties?: boolean | JsonSchema;
};

export interface TaskType {
  name: string;
  description: string;
  schema: JsonSchema;
  requiredRole?: string;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

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
  changed: Partial<Task> & { attempt?: number; resultSummary?: string };
}

export interface User {
  id: string;
  roles: string[];
}
