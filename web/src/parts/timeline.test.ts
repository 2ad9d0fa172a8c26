import { describe, expect, it } from 'vitest';
import type { TaskEvent } from '../api/types';
import { sampleEvent, sampleTask } from '../testing/samples';
import { shares, timeline } from './timeline';

const event = (name: string, at: number, changed: TaskEvent['changed'] = {}): TaskEvent => sampleEvent({ event: `task:${name}`, at, changed });

describe('timeline', () => {
  it('of a task that waits is one stretch up to now', () => {
    expect(timeline(sampleTask({ createdAt: 100 }), [event('created', 100)], 500)).toEqual([{ stage: 'waiting', from: 100, to: 500 }]);
  });

  it('has each attempt, its end, and the backoff between', () => {
    const task = sampleTask({ createdAt: 0, status: 'completed', startedAt: 60, completedAt: 90 });
    const events = [
      event('created', 0),
      event('started', 10, { attempt: 1 }),
      event('retrying', 20, { error: { code: 'x', message: 'y' }, runAt: 50 }),
      event('started', 60, { attempt: 2 }),
      event('completed', 90),
    ];
    expect(timeline(task, events, 1000)).toEqual([
      { stage: 'waiting', from: 0, to: 10 },
      { stage: 'attempt', from: 10, to: 20, attempt: 1, end: 'failed', error: { code: 'x', message: 'y' } },
      { stage: 'backoff', from: 20, to: 50 },
      { stage: 'waiting', from: 50, to: 60 },
      { stage: 'attempt', from: 60, to: 90, attempt: 2, end: 'completed' },
    ]);
  });

  it('shows an attempt that goes on without an end', () => {
    const task = sampleTask({ createdAt: 0, status: 'running', startedAt: 10 });
    expect(timeline(task, [event('created', 0), event('started', 10, { attempt: 1 })], 40).at(-1)).toEqual({ stage: 'attempt', from: 10, to: 40, attempt: 1 });
  });

  it('is made of the task alone when its events are gone', () => {
    const task = sampleTask({ createdAt: 0, status: 'failed', startedAt: 10, completedAt: 30, attempt: 4 });
    expect(timeline(task, [], 1000)).toEqual([
      { stage: 'waiting', from: 0, to: 10 },
      { stage: 'attempt', from: 10, to: 30, attempt: 4, end: 'failed' },
    ]);
  });

  it('of a task cancelled before it began ends with the cancellation', () => {
    const task = sampleTask({ createdAt: 0, status: 'cancelled', cancelledAt: 25 });
    expect(timeline(task, [event('created', 0), event('cancelled', 25)], 1000)).toEqual([{ stage: 'waiting', from: 0, to: 25 }]);
  });

  it('goes on after a retry by hand', () => {
    const task = sampleTask({ createdAt: 0, status: 'pending' });
    const segments = timeline(task, [event('created', 0), event('cancelled', 25), event('retrying', 40)], 60);
    expect(segments.at(-1)).toEqual({ stage: 'waiting', from: 40, to: 60 });
  });

  it('names each attempt’s worker and error, and who took over', () => {
    const error = { code: 'timeout', message: 'The whole of a long message.' };
    const task = sampleTask({ createdAt: 0, status: 'failed', startedAt: 40, completedAt: 70, attempt: 2, error });
    const events = [
      event('created', 0),
      event('started', 10, { attempt: 1, worker: 'one' }),
      event('started', 40, { attempt: 2, worker: 'two' }),
      event('failed', 70, { error: { code: 'timeout', message: 'The whole' } }),
    ];
    expect(timeline(task, events, 1000).slice(1)).toEqual([
      { stage: 'attempt', from: 10, to: 40, attempt: 1, worker: 'one', end: 'lost' },
      { stage: 'attempt', from: 40, to: 70, attempt: 2, worker: 'two', end: 'failed', error },
    ]);
  });

  it('tells the time after an end from waiting', () => {
    const task = sampleTask({ createdAt: 0, status: 'pending' });
    expect(timeline(task, [event('created', 0), event('started', 5, { attempt: 1 }), event('failed', 25), event('retrying', 40)], 60).map((one) => one.stage))
      .toEqual(['waiting', 'attempt', 'ended', 'waiting']);
  });
});

describe('shares', () => {
  const of = (...lengths: number[]) => lengths.map((length) => ({ from: 0, to: length }));

  it('shows what is short, and fills the picture', () => {
    const parts = shares(of(1, 3_600_000, 2, 7_200_000));
    expect(parts[0]).toBeCloseTo(0.012);
    expect(parts[2]).toBeCloseTo(0.012);
    expect((parts[3] ?? 0) / (parts[1] ?? 1)).toBeCloseTo(2);
    expect(parts.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
  });

  it('has room for two hundred, and for none that lasted', () => {
    const many = shares(of(...Array.from({ length: 200 }, () => 1), 1_000_000));
    expect(Math.min(...many)).toBeGreaterThan(0.002);
    expect(many.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
    expect(shares(of(0, 0))).toEqual([0.5, 0.5]);
  });
});
