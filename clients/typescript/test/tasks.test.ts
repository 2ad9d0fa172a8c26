import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, inject, it } from 'vitest';
import { createTasklane, TaskNotCompletedError, TasklaneError, type TaskEvent } from '../src/index.ts';
import { collect, signIn } from './users.ts';

interface Slept {
  seconds: number;
  attempt: number;
}

describe('Tasks', () => {
  it('are created as asked for, and waited for with a typed result', async () => {
    const tasklane = await signIn();
    const task = await tasklane.create<Slept>('sleep', { seconds: 0.05 }, { priority: 'high', maxRetries: 7, tags: ['a'] });
    expect(task).toMatchObject({ priority: 'high', maxRetries: 7, tags: ['a'], status: 'pending' });
    expect(await tasklane.result<Slept>(task.id)).toEqual({ seconds: 0.05, attempt: 1 });
    expect((await tasklane.get<Slept>(task.id)).result?.attempt).toBe(1);
  });

  it('that fail say why, and can be run again', async () => {
    const tasklane = await signIn();
    const { id } = await tasklane.create('sleep', { seconds: 0, failTimes: 1 }, { maxRetries: 0 });
    const failure = await tasklane.result(id).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TaskNotCompletedError);
    expect(failure).toMatchObject({ task: { status: 'failed', error: { code: 'asked_to_fail' } } });
    await tasklane.retry(id);
    expect((await tasklane.wait<Slept>(id)).result).toEqual({ seconds: 0, attempt: 2 });
  });

  it('are listed over all pages, each once', async () => {
    const tasklane = await signIn();
    const tasks = Array.from({ length: 120 }, () => ({ type: 'noop', payload: {}, delaySeconds: 3600 }));
    const { tasks: made } = await tasklane.request<{ tasks: { id: string }[] }>('api/tasks/bulk', { method: 'POST', key: crypto.randomUUID(), body: { tasks } });
    const listed = await collect(tasklane.list({ status: 'pending' }));
    expect(listed.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
    expect((await tasklane.page({ pageSize: 1 })).total).toBe(120);
  });

  it('that run are asked to stop', async () => {
    const tasklane = await signIn();
    const { id } = await tasklane.create('sleep', { seconds: 600 });
    for await (const event of tasklane.events(id)) if (event.event === 'task:started') break;
    await tasklane.cancel(id);
    expect((await tasklane.wait(id)).status).toBe('cancelled');
  });

  it('have their types and counts', async () => {
    const tasklane = await signIn();
    expect((await tasklane.types()).find(({ name }) => name === 'export')?.schema).toMatchObject({ type: 'object' });
    expect((await tasklane.stats()).maxRunning).toBeGreaterThan(0);
  });
});

describe('Following', () => {
  it.each([true, false])('brings each change once and in its order, live: %s', async (live) => {
    const tasklane = await signIn({ live });
    const { id } = await tasklane.create('sleep', { seconds: 0.4, failTimes: 1 }, { backoff: { kind: 'fixed', delaySeconds: 0.1 } });
    const changes = await collect(tasklane.events(id));
    expect(changes.map(({ version }) => version)).toEqual(changes.map((_, at) => at + 1));
    expect(changes.map(({ event }) => event).filter((event) => event !== 'task:progress')).toEqual([
      'task:created', 'task:started', 'task:retrying', 'task:started', 'task:completed',
    ]);
  });

  it('asks for hardly anything once the connection stands', async () => {
    let asked = 0;
    const counting: typeof fetch = (input, init) => {
      if (String(input).includes('/events')) asked++;
      return fetch(input, init);
    };
    const tasklane = await signIn({ fetch: counting });
    // One that is followed all the time keeps the connection; how long that takes to be made is the machine's matter.
    const { id } = await tasklane.create('sleep', { seconds: 600 });
    const other = tasklane.wait(id);
    const seen: { changes: number; questions: number }[] = [];
    const isLive = ({ changes, questions }: (typeof seen)[number]) => changes > 8 && questions < changes / 2;
    while (seen.length < 5 && !seen.some(isLive)) {
      asked = 0;
      const changes: TaskEvent[] = [];
      await tasklane.wait((await tasklane.create('sleep', { seconds: 2 })).id, { onEvent: (event) => changes.push(event) });
      seen.push({ changes: changes.length, questions: asked });
    }
    await tasklane.cancel(id);
    await other;
    expect(seen.filter(isLive)).not.toEqual([]);
  });

  it('ends when it is given up', async () => {
    const tasklane = await signIn();
    const { id } = await tasklane.create('sleep', { seconds: 600 });
    const enough = new AbortController();
    const waiting = tasklane.wait(id, { signal: enough.signal, onEvent: () => enough.abort(new Error('enough')) });
    await expect(waiting).rejects.toThrow('enough');
    expect((await tasklane.cancel(id)).id).toBe(id);
  });

  it('brings log lines until the task has ended', async () => {
    const tasklane = await signIn();
    const { id } = await tasklane.create('sleep', { seconds: 0.3 });
    const lines = await collect(tasklane.logs(id, { follow: true }));
    expect(lines.map(({ message }) => message)).toContain('Sleeping 0.3 s, attempt 1.');
    expect(await collect(tasklane.logs(id))).toEqual(lines);
  });
});

describe('Refusals', () => {
  it('have their code and what is wrong with each field', async () => {
    const tasklane = await signIn();
    const refusal = await tasklane.create('sleep', { seconds: -1 }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TasklaneError);
    expect(refusal).toMatchObject({ code: 'payload_invalid', status: 400, errors: [{ field: '/payload/seconds' }] });
    await expect(tasklane.get('0'.repeat(32))).rejects.toMatchObject({ code: 'task_not_found', status: 404 });
    await expect(createTasklane({ url: inject('url') }).stats()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
    expect(() => createTasklane({ url: 'here' })).toThrow('such as http://localhost:7071');
  });

  it('of nobody are unreachable, with the reason', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const failure = await createTasklane({ url: `http://127.0.0.1:${port}`, maxRetries: 0 }).stats().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unreachable', status: undefined, detail: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('An answer that gets lost', () => {
  /** Reaches the app, and loses the first answers of one method. */
  const losing = (losses: number, method: string) => {
    const seen = { count: 0 };
    const lossy: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (init?.method !== method || seen.count++ >= losses) return answer;
      throw new TypeError('fetch failed', { cause: new Error('The connection was closed.') });
    };
    return { seen, lossy };
  };

  it('has its creation repeated under its key, and one task made', async () => {
    const { seen, lossy } = losing(2, 'POST');
    const tasklane = await signIn({ fetch: lossy });
    const task = await tasklane.create('noop', {});
    expect(seen.count).toBe(3);
    expect((await collect(tasklane.list())).map(({ id }) => id)).toEqual([task.id]);
  });

  it('has what carries no key not repeated', async () => {
    const { seen, lossy } = losing(1, 'DELETE');
    const tasklane = await signIn({ fetch: lossy });
    const { id } = await tasklane.create('noop', {}, { delaySeconds: 3600 });
    await expect(tasklane.request(`api/tasks/${id}`, { method: 'DELETE' })).rejects.toMatchObject({ code: 'unreachable', detail: 'The connection was closed.' });
    expect(seen.count).toBe(1);
    expect((await tasklane.get(id)).status).toBe('cancelled');
  });
});
