import type { components } from './api.gen.ts';

export type FieldProblem = NonNullable<components['schemas']['Problem']['errors']>[number];

/** Tasklane refused a request, or could not be reached. */
export class TasklaneError extends Error {
  override readonly name = 'TasklaneError';

  constructor(
    /** Stable, for programs: `payload_invalid`, `task_not_found`, ...; `unreachable` without an answer, `http_502` when it was none of Tasklane's. */
    readonly code: string,
    /** Undefined without an answer. */
    readonly status: number | undefined,
    readonly title: string,
    /** What exactly, and the way out. */
    readonly detail: string,
    /** What is wrong with each field. */
    readonly errors: readonly FieldProblem[] = [],
    /** Seconds after which asking again may help, as the service said. */
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(detail ? `${title}: ${detail}` : title, options);
  }

  static async of(answer: Response): Promise<TasklaneError> {
    const text = await answer.text();
    const said = parse(answer.headers.get('content-type'), text);
    const after = Number.parseFloat(answer.headers.get('retry-after') ?? '');
    return new TasklaneError(
      said?.code ?? `http_${answer.status}`,
      answer.status,
      said?.title ?? `The service answered ${answer.status} ${answer.statusText}`.trim(),
      said ? (said.detail ?? '') : text.slice(0, 200),
      said?.errors ?? [],
      Number.isFinite(after) ? after : undefined,
    );
  }
}

interface Said {
  code?: string;
  title?: string;
  detail?: string;
  errors?: FieldProblem[];
}

function parse(type: string | null, text: string): Said | undefined {
  if (!type?.includes('json')) return undefined;
  try {
    return JSON.parse(text) as Said;
  } catch {
    return undefined; // somebody else's, in between
  }
}
