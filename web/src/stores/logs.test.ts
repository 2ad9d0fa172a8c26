import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from './logs';

/** A log as the server keeps it, and what was asked of it: [after, limit]. */
let kept: string[];
let asked: [number, number][];
let broken: boolean;

const line = (message: string): object => ({ time: '2026-01-01T00:00:00.000Z', level: 'info', message });

beforeEach(() => {
  kept = [];
  asked = [];
  broken = false;
  vi.stubGlobal('fetch', (url: string) => {
    if (broken) return Promise.resolve(new Response(JSON.stringify({ code: 'store_unavailable', detail: 'Later.' }), { status: 503 }));
    const query = new URL(url, 'http://localhost').searchParams;
    const [after, limit] = [Number(query.get('after')), Number(query.get('limit'))];
    asked.push([after, limit]);
    return Promise.resolve(new Response(JSON.stringify({ logs: kept.slice(after, after + limit).map(line), total: kept.length })));
  });
});
afterEach(() => { vi.unstubAllGlobals(); });

const numbered = (count: number, word = 'line'): string[] => Array.from({ length: count }, (_, index) => `${word} ${index}`);

describe('a log', () => {
  it('is read from its end, each line once', async () => {
    kept = numbered(6_000);
    const log = createLog('a', undefined);
    await log.getState().next();
    expect(log.getState()).toMatchObject({ before: 5_500, total: 6_000, loaded: true });
    expect(log.getState().lines.at(-1)?.message).toBe('line 5999');
    kept.push('more', 'and more');
    asked = [];
    await log.getState().next();
    expect(asked).toEqual([[5_999, 1_000]]);
    expect(log.getState().lines.slice(-3).map((one) => one.message)).toEqual(['line 5999', 'more', 'and more']);
    await log.getState().all();
    expect(log.getState().lines.map((one) => one.message)).toEqual(kept);
    asked = [];
    await log.getState().next();
    await log.getState().all();
    expect(asked).toEqual([[6_001, 1_000]]);
  });

  it('asked twice at once appends nothing twice', async () => {
    kept = numbered(3);
    const log = createLog('a', undefined);
    await Promise.all([log.getState().next(), log.getState().next()]);
    kept.push('four');
    await Promise.all([log.getState().next(), log.getState().next(), log.getState().next()]);
    expect(log.getState().lines.map((one) => one.message)).toEqual([...numbered(3), 'four']);
  });

  it('whose lines were dropped in the middle is read anew', async () => {
    kept = numbered(10);
    const log = createLog('a', undefined);
    await log.getState().next();
    kept = [...kept.slice(0, 5), '3 log lines were dropped here', ...numbered(4, 'new')];
    await log.getState().next();
    expect(log.getState().lines.map((one) => one.message)).toEqual(kept);
  });

  it('that cannot be read says why, keeps what it has, and goes on', async () => {
    kept = numbered(2);
    const log = createLog('a', undefined);
    await log.getState().next();
    broken = true;
    await log.getState().next();
    expect(log.getState()).toMatchObject({ error: { code: 'store_unavailable' }, lines: [{}, {}] });
    broken = false;
    kept.push('three');
    await log.getState().next();
    expect(log.getState()).toMatchObject({ error: null, total: 3 });
    expect(log.getState().lines).toHaveLength(3);
  });

  it('without lines is asked for again', async () => {
    const log = createLog('a', undefined);
    await log.getState().next();
    expect(log.getState()).toMatchObject({ loaded: true, total: 0 });
    kept = ['first'];
    await log.getState().next();
    expect(log.getState().lines).toHaveLength(1);
  });
});
