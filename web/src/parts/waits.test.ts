import { describe, expect, it } from 'vitest';
import { sampleTask } from '../testing/samples';
import { lastAttempt, waitOf } from './waits';

describe('waitOf', () => {
  const error = { code: 'x', message: 'y' };
  it.each([
    ['waits in its lane', sampleTask(), { why: 'lane' }],
    ['was delayed', sampleTask({ runAt: 500 }), { why: 'delayed', until: 500 }],
    ['backs off', sampleTask({ runAt: 500, retryCount: 1, error }), { why: 'backoff', until: 500 }],
    ['has backed off', sampleTask({ runAt: 50, retryCount: 1, error }), { why: 'lane' }],
    ['waits for others, whatever its time', sampleTask({ blocked: true, runAt: 500 }), { why: 'after' }],
    ['waits for its children', sampleTask({ status: 'running', blocked: true }), { why: 'children' }],
    ['runs', sampleTask({ status: 'running', runAt: 500 }), undefined],
    ['has ended', sampleTask({ status: 'failed', runAt: 500, error }), undefined],
  ])('of one that %s', (_, task, wait) => { expect(waitOf(task, 100)).toEqual(wait); });
});

describe('lastAttempt', () => {
  it('goes on while the task runs, and is over when it has ended', () => {
    expect(lastAttempt(sampleTask())).toBeUndefined();
    expect(lastAttempt(sampleTask({ status: 'running', startedAt: 5 }))).toEqual({ from: 5, to: undefined });
    expect(lastAttempt(sampleTask({ status: 'failed', startedAt: 5, completedAt: 9 }))).toEqual({ from: 5, to: 9 });
    expect(lastAttempt(sampleTask({ status: 'pending', startedAt: 5, retryCount: 1 }))).toBeUndefined();
  });
});
