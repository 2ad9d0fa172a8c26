import { describe, expect, it } from 'vitest';
import { sampleEvent, sampleTask, wireTask } from '../testing/samples';
import { applyEvent, toEvent, toHistory, toLogLine, toPage, toStats, toTask, toUser } from './wire';

describe('toTask', () => {
  it('makes milliseconds of times and null of what is absent', () => {
    const task = toTask({ ...wireTask, startedAt: '2026-01-02T03:04:05.006Z', completedAt: null });
    expect(task.createdAt).toBe(Date.UTC(2026, 0, 2, 3, 4, 0));
    expect(task.startedAt).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(task.completedAt).toBeNull();
    expect(task.runAt).toBeNull();
    expect(task.result).toBeNull();
    expect(task.tags).toEqual([]);
  });

  it('keeps payloads as they are, also what looks like a time', () => {
    expect(toTask({ ...wireTask, payload: { createdAt: '2026-01-01T00:00:00Z' } }).payload).toEqual({ createdAt: '2026-01-01T00:00:00Z' });
  });

  it('converts every task of a page', () => {
    const page = toPage({ tasks: [wireTask, wireTask], total: 7, page: 2, pageSize: 2 });
    expect(page.tasks.map((task) => typeof task.createdAt)).toEqual(['number', 'number']);
    expect(page).toMatchObject({ total: 7, page: 2, pageSize: 2 });
  });
});

describe('toEvent', () => {
  it('converts only the times that changed', () => {
    const event = toEvent({ id: 'a', event: 'task:started', version: 2, at: '2026-01-02T03:04:05Z', createdBy: 'me', changed: { status: 'running', startedAt: '2026-01-02T03:04:05+00:00' } });
    expect(event.at).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(event.changed).toEqual({ status: 'running', startedAt: Date.UTC(2026, 0, 2, 3, 4, 5) });
  });
});

describe('the other conversions', () => {
  it('take the time of a log line, of a worker and of a minute', () => {
    expect(toLogLine({ time: '1970-01-01T00:00:01Z', level: 'error', message: 'm' })).toEqual({ at: 1000, level: 'error', message: 'm' });
    expect(toStats({ workers: [{ name: 'w', running: 1, seenAt: '1970-01-01T00:00:02Z' }] })).toMatchObject({ workers: [{ name: 'w', seenAt: 2000 }] });
    expect(toHistory({ range: '24h', stepSeconds: 600, points: [{ at: '1970-01-01T00:10:00Z', created: 3 }] })).toEqual({ step: 600_000, points: [{ at: 600_000, created: 3 }] });
  });
});

describe('applyEvent', () => {
  const task = sampleTask({ version: 5, status: 'running', retryCount: 1 });

  it('takes what changed and the version', () => {
    const next = applyEvent(task, sampleEvent({ version: 6, changed: { status: 'completed', completedAt: 9, result: { rows: 1 } } }));
    expect(next).toMatchObject({ version: 6, status: 'completed', completedAt: 9, result: { rows: 1 }, retryCount: 1 });
  });

  it('answers the same task for an event that is not newer', () => {
    expect(applyEvent(task, sampleEvent({ version: 5, changed: { status: 'failed' } }))).toBe(task);
    expect(applyEvent(task, sampleEvent({ version: 4, changed: { status: 'failed' } }))).toBe(task);
  });

  it('leaves nothing of the last end on a task that waits again', () => {
    const failed = sampleTask({ version: 7, status: 'failed', completedAt: 8, error: { code: 'x', message: 'y' }, progress: { current: 1, total: 2, percent: 50, message: null } });
    const next = applyEvent(failed, sampleEvent({ event: 'task:retrying', version: 8, changed: { status: 'pending', retryCount: 0 } }));
    expect(next).toMatchObject({ status: 'pending', completedAt: null, error: null, progress: null });
  });

  it('does not make a field of the summary of a long result', () => {
    expect(applyEvent(task, sampleEvent({ version: 6, changed: { status: 'completed', resultSummary: '{"a":' } }))).not.toHaveProperty('resultSummary');
  });
});

describe('toUser', () => {
  it('reads App Service', () => {
    const claims = [
      { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: 'guid' },
      { typ: 'roles', val: 'admin' },
      { typ: 'name', val: 'Alice' },
    ];
    expect(toUser([{ user_id: 'alice@x', user_claims: claims }])).toEqual({ name: 'alice@x', ids: ['alice@x', 'guid'], roles: ['admin'] });
    expect(toUser([])).toBeNull();
  });

  it('reads Static Web Apps', () => {
    expect(toUser({ clientPrincipal: null })).toBeNull();
    expect(toUser({ clientPrincipal: { userId: 'u', userDetails: 'alice', userRoles: ['anonymous', 'admin'] } })).toEqual({ name: 'alice', ids: ['u', 'alice'], roles: ['anonymous', 'admin'] });
  });
});
