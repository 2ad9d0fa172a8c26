import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleEvent, wireTask } from '../testing/samples';
import { useTasks } from './tasks';

type Answer = (url: string, method: string) => { status?: number; body: unknown };

let answer: Answer;
let calls: string[];
const begin = useTasks.getState();
const page = (...tasks: object[]) => ({ body: { tasks: tasks.map((part) => ({ ...wireTask, ...part })), total: tasks.length, page: 1, pageSize: 20 } });

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  useTasks.setState(begin, true);
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    calls.push(`${init.method} ${url}`);
    const { status = 200, body } = answer(url, init.method ?? 'GET');
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
});
afterEach(async () => {
  // The rest after the last refetch is over before the next test begins.
  await vi.advanceTimersByTimeAsync(2_000);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('fetchTasks', () => {
  it('asks for the filter and keeps what came', async () => {
    answer = () => page({});
    await useTasks.getState().fetchTasks({ status: 'failed', q: 'a b' }, { owner: 'all' });
    expect(calls).toEqual(['GET /api/tasks?page=1&pageSize=20&status=failed&q=a+b&owner=all']);
    expect(useTasks.getState()).toMatchObject({ total: 1, loading: false, loaded: true, error: null, owner: 'all' });
  });

  it('asks for one user’s tasks, and says that another list is coming', async () => {
    answer = () => page({});
    const asked = useTasks.getState().fetchTasks({ page: 1 }, { owner: 'bob' });
    expect(useTasks.getState().switching).toBe(true);
    await asked;
    expect(calls.at(-1)).toContain('owner=bob');
    expect(useTasks.getState().switching).toBe(false);
    const again = useTasks.getState().fetchTasks();
    expect(useTasks.getState()).toMatchObject({ switching: false, owner: 'bob' });
    await again;
  });

  it('finds a task by the end of its id, as rows show it', async () => {
    answer = () => (calls.at(-1)?.includes('q=') ? { body: { tasks: [], total: 0, page: 1, pageSize: 20 } } : page({}));
    await useTasks.getState().fetchTasks({ q: '…bd1c564f' });
    expect(useTasks.getState()).toMatchObject({ total: 1, tasks: [{ id: wireTask.id }] });
    await useTasks.getState().fetchTasks({ q: 'ffffff' });
    expect(useTasks.getState()).toMatchObject({ total: 0, tasks: [] });
    calls = [];
    await useTasks.getState().fetchTasks({ q: 'pelican' });
    expect(calls).toHaveLength(1);
  });

  it('drops the answer to an older question', async () => {
    const waiting: ((response: Response) => void)[] = [];
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => { waiting.push(resolve); }));
    const first = useTasks.getState().fetchTasks({ type: 'old' });
    const second = useTasks.getState().fetchTasks({ type: 'new' });
    waiting[1]?.(new Response(JSON.stringify(page({ type: 'new' }).body)));
    waiting[0]?.(new Response(JSON.stringify(page({ type: 'old' }).body)));
    await Promise.all([first, second]);
    expect(useTasks.getState().tasks.map((task) => task.type)).toEqual(['new']);
  });

  it('keeps a row that events have brought further than the answer', async () => {
    answer = () => page({ version: 1 });
    await useTasks.getState().fetchTasks();
    useTasks.getState().onTaskUpdated(sampleEvent({ version: 3, event: 'task:completed', changed: { status: 'completed' } }));
    await useTasks.getState().fetchTasks();
    expect(useTasks.getState().tasks[0]).toMatchObject({ version: 3, status: 'completed' });
  });

  it('tells a refusal and keeps what was shown', async () => {
    answer = () => page({});
    await useTasks.getState().fetchTasks();
    answer = () => ({ status: 503, body: { code: 'store_unavailable', detail: 'Later.' } });
    await useTasks.getState().fetchTasks();
    expect(useTasks.getState()).toMatchObject({ error: { status: 503, code: 'store_unavailable', message: 'Later.' }, tasks: [{ id: wireTask.id }] });
  });
});

describe('events', () => {
  beforeEach(async () => {
    answer = () => page({ version: 1 });
    await useTasks.getState().fetchTasks();
    calls = [];
  });

  it('change the row they are about, and only it', () => {
    const before = useTasks.getState().tasks;
    useTasks.getState().onEvents([sampleEvent({ id: 'f'.repeat(32), version: 2 })]);
    expect(useTasks.getState().tasks).toBe(before);
    useTasks.getState().onEvents([sampleEvent({ version: 2, changed: { progress: { current: 1, total: 4, percent: 25, message: null } } })]);
    expect(useTasks.getState().tasks[0]?.progress?.percent).toBe(25);
    expect(calls).toEqual([]);
  });

  it('make one fetch for a task that is new here, however many come', async () => {
    for (let n = 0; n < 50; n++) useTasks.getState().onTaskCreated(sampleEvent({ id: String(n), event: 'task:created', version: 1 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    // One more, for those that came while the first was under way.
    expect(calls).toHaveLength(2);
  });

  it('make a fetch when versions are missing', async () => {
    useTasks.getState().onTaskUpdated(sampleEvent({ version: 4, event: 'task:completed', changed: { status: 'completed' } }));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toHaveLength(1);
  });

  it('make a fetch when a row leaves the filter', async () => {
    await useTasks.getState().fetchTasks({ status: 'pending' });
    calls = [];
    useTasks.getState().onTaskUpdated(sampleEvent({ version: 2, event: 'task:started', changed: { status: 'running' } }));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toHaveLength(1);
  });
});

describe('actions', () => {
  it('put the answered task into its row', async () => {
    answer = () => page({ version: 1 });
    await useTasks.getState().fetchTasks();
    answer = () => ({ body: { ...wireTask, version: 2, status: 'cancelled' } });
    await useTasks.getState().cancelTask(wireTask.id);
    expect(calls.at(-1)).toBe(`POST /api/tasks/${wireTask.id}/cancel`);
    expect(useTasks.getState().tasks[0]?.status).toBe('cancelled');
    answer = () => ({ body: { ...wireTask, version: 3, status: 'pending' } });
    await useTasks.getState().retryTask(wireTask.id);
    expect(useTasks.getState().tasks[0]?.status).toBe('pending');
  });

  it('throw the fields of a refusal by JSON pointer', async () => {
    answer = () => ({ status: 400, body: { code: 'payload_invalid', detail: 'd', errors: [{ field: '/payload/seconds', code: 'minimum', message: 'too small' }] } });
    await expect(useTasks.getState().createTask('sleep', {})).rejects.toMatchObject({ code: 'payload_invalid', fields: { '/payload/seconds': 'too small' } });
  });
});
