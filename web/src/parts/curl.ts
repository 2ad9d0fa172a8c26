import type { Task } from '../api/types';

/** A request that makes a task like this one, for a shell: no payload can end its quotes. */
export function curlOf({ type, payload, priority, maxRetries, timeoutSeconds, tags }: Task, origin: string): string {
  const body = JSON.stringify({ type, payload, priority, maxRetries, timeoutSeconds, ...(tags.length > 0 ? { tags } : {}) });
  return `curl -X POST ${origin}/api/tasks -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
}
