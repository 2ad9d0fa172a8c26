import { describe, expect, it } from 'vitest';
import type { HistoryPoint } from '../api/types';
import { lastPoints } from './stats';

const now = Date.UTC(2026, 0, 1, 12, 30, 20);
const at = (hours: number, minutes: number, completed: number) => ({ at: Date.UTC(2026, 0, 1, hours, minutes), completed }) as HistoryPoint;
const hour = 3_600_000;
const lastMinutes = (points: HistoryPoint[], until: number): HistoryPoint[] => lastPoints({ step: 60_000, points }, hour, until);

describe('lastPoints', () => {
  it('has the minutes in which nothing happened too', () => {
    const minutes = lastMinutes([at(11, 0, 9), at(11, 40, 3), at(12, 28, 4)], now);
    expect(minutes[0]).toEqual(at(11, 40, 3));
    expect(minutes).toHaveLength(51);
    expect(minutes.map((minute) => minute.completed).filter((n) => n > 0)).toEqual([3, 4]);
    expect(minutes[1]).toMatchObject({ completed: 0, running: null, depth: null });
    expect(minutes.at(-1)?.at).toBe(Date.UTC(2026, 0, 1, 12, 30));
  });

  it('is an hour at most', () => {
    expect(lastMinutes([at(11, 31, 1)], now)).toHaveLength(60);
  });

  it('has a quarter of an hour however little happened', () => {
    expect(lastMinutes([], now)).toHaveLength(15);
    expect(lastMinutes([at(12, 29, 1)], now)).toHaveLength(15);
  });

  it('has a point for every step of a longer range, and knows of the empty ones only that nothing happened', () => {
    const days = lastPoints({ step: hour, points: [at(-48, 0, 5), at(12, 0, 7)] }, 7 * 24 * hour, now);
    expect(days).toHaveLength(61);
    expect(days[0]).toEqual(at(-48, 0, 5));
    expect(days[1]).toMatchObject({ at: Date.UTC(2025, 11, 30, 1), completed: 0, running: null, depth: null, oldestWaitingSeconds: null });
    expect(days.at(-1)).toEqual(at(12, 0, 7));
  });
});
