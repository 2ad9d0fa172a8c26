import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskEvent } from '../api/types';
import { sampleEvent, wireTask } from '../testing/samples';
import { useLive } from './live';
import { useTaskStatus, type TaskStatus } from './task';

let seen: TaskStatus;
let root: Root;
let tell: (events: TaskEvent[]) => void;
let resync: () => void;
let answer: { status: number; body: unknown };
let fetched: string[];

function Watcher({ id, see }: { id: string; see: (status: TaskStatus) => void }) {
  see(useTaskStatus(id));
  return null;
}

const see = (status: TaskStatus): void => { seen = status; };
const show = (id: string): Promise<void> => act(async () => { root.render(<Watcher id={id} see={see} />); await Promise.resolve(); });

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  fetched = [];
  vi.stubGlobal('fetch', (url: string) => {
    fetched.push(url);
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  });
  useLive.setState({
    listen: (listener) => { tell = listener; return () => undefined; },
    onResync: (run) => { resync = run; return () => undefined; },
  });
  root = createRoot(document.createElement('div'));
});
afterEach(async () => {
  await act(async () => { root.unmount(); await Promise.resolve(); });
  vi.unstubAllGlobals();
});

describe('useTaskStatus', () => {
  it('fetches the task, then follows its events', async () => {
    answer = { status: 200, body: { ...wireTask, version: 2, status: 'running' } };
    await show(wireTask.id);
    expect(seen.task).toMatchObject({ status: 'running', version: 2 });
    act(() => { tell([sampleEvent({ id: 'another', version: 9, changed: { status: 'failed' } }), sampleEvent({ version: 3, changed: { progress: { current: 1, total: 2, percent: 50, message: null } } })]); });
    expect(seen.task).toMatchObject({ status: 'running', version: 3, progress: { percent: 50 } });
    expect(fetched).toHaveLength(1);
  });

  it('fetches the whole again when the task ends, and at a resync', async () => {
    answer = { status: 200, body: { ...wireTask, version: 2, status: 'running' } };
    await show(wireTask.id);
    answer = { status: 200, body: { ...wireTask, version: 3, status: 'completed', result: { all: 'of it' } } };
    await act(async () => { tell([sampleEvent({ event: 'task:completed', version: 3, changed: { status: 'completed', resultSummary: '{' } })]); await Promise.resolve(); });
    await act(async () => { await new Promise((resolve) => setTimeout(resolve)); });
    expect(seen.task).toMatchObject({ status: 'completed', result: { all: 'of it' } });
    await act(async () => { resync(); await Promise.resolve(); });
    expect(fetched).toHaveLength(3);
  });

  it('tells why there is none', async () => {
    answer = { status: 404, body: { code: 'task_not_found', detail: 'There is no such task.' } };
    await show(wireTask.id);
    await act(async () => { await new Promise((resolve) => setTimeout(resolve)); });
    expect(seen).toMatchObject({ task: undefined, error: { status: 404, code: 'task_not_found' } });
  });
});
