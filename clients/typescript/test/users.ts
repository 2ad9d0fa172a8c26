import { inject } from 'vitest';
import { createTasklane, type Tasklane, type TasklaneOptions } from '../src/index.ts';

let users = 0;

/** A client of a user that no other test has. */
export async function signIn(options: Partial<TasklaneOptions> = {}): Promise<Tasklane> {
  const url = inject('url');
  const answer = await fetch(`${url}/.auth/login/dev`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: `ts-${process.pid}-${++users}` }),
  });
  const { token } = (await answer.json()) as { token: string };
  return createTasklane({ url, token, ...options });
}

/** All that comes. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
