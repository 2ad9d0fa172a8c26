import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { perFrame, throttled } from './frames';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

it('perFrame hands over once what came within a frame', () => {
  const batches: number[][] = [];
  const push = perFrame<number>((batch) => { batches.push(batch); });
  for (let n = 0; n < 100; n++) push(n);
  expect(batches).toEqual([]);
  vi.advanceTimersByTime(300);
  push(100);
  vi.advanceTimersByTime(300);
  expect(batches.map((batch) => batch.length)).toEqual([100, 1]);
});

it('perFrame hands over at most twenty times a second, the first at once', () => {
  let batches = 0;
  let items = 0;
  const push = perFrame<number>((batch) => { batches++; items += batch.length; });
  push(0);
  vi.advanceTimersByTime(20);
  expect(batches).toBe(1);
  for (let n = 0; n < 500; n++) {
    push(n);
    vi.advanceTimersByTime(2);
  }
  vi.advanceTimersByTime(100);
  expect(items).toBe(501);
  expect(batches).toBeGreaterThan(10);
  expect(batches).toBeLessThanOrEqual(22);
});

it('perFrame hands over by a timer where no frames come, as in a tab in the background', () => {
  vi.stubGlobal('requestAnimationFrame', () => 1);
  const batches: number[][] = [];
  const push = perFrame<number>((batch) => { batches.push(batch); });
  push(1);
  push(2);
  vi.advanceTimersByTime(300);
  expect(batches).toEqual([[1, 2]]);
  vi.advanceTimersByTime(300);
  expect(batches).toHaveLength(1);
  vi.unstubAllGlobals();
});

it('throttled runs at once, then at most once per interval, and never forgets the last call', async () => {
  let runs = 0;
  const call = throttled(() => { runs++; return Promise.resolve(); }, 1_000);
  for (let n = 0; n < 10; n++) call();
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toBe(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(runs).toBe(2);
});
