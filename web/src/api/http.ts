/** A problem document (RFC 9457) as an exception. `fields` maps a field's JSON pointer ("/payload/seconds") to its message. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }

  static of(error: unknown): ApiError {
    return error instanceof ApiError ? error : new ApiError(0, 'unknown', String(error));
  }
}

let language = 'en';

/** The language that problem documents come in. */
export function setApiLanguage(tag: string): void {
  language = tag;
}

let onSignedOut = (): void => undefined;

/** Called when the server answers that nobody is signed in (any more). */
export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

/**
 * The one way to the server. Answers the JSON body (undefined where there is none); throws {@link ApiError} for every other
 * status, and with code "offline" where the server cannot be reached.
 */
export async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        'Accept-Language': language,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'offline', 'The server cannot be reached.');
  }
  if (response.ok) return response.status === 204 ? undefined : await response.json();
  const error = await toError(response);
  if (error.status === 401 && !path.startsWith('/.auth/')) onSignedOut();
  throw error;
}

async function toError(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
  try {
    const problem = (await response.json()) as {
      code?: string;
      title?: string;
      detail?: string;
      errors?: { field: string; message: string }[];
    };
    const fields = Object.fromEntries((problem.errors ?? []).map((error) => [error.field, error.message]));
    return new ApiError(response.status, problem.code ?? 'unknown', problem.detail ?? problem.title ?? response.statusText, fields, retryAfter);
  } catch {
    return new ApiError(response.status, 'unknown', `${response.status} ${response.statusText}`, {}, retryAfter);
  }
}
