import { describe, expect, it } from 'vitest';
import type { MinuteStats } from '../api/types';
import { lastMinutes } from './stats';

const now = Date.UTC(2026, 0, 1, 12, 30, 20);
const at = (hours: number, minutes: number, completed: number) => ({ minute: Date.UTC(2026, 0, 1, hours, minutes), completed }) as MinuteStats;

describe('lastMinutes', () => {
  it('has the minutes in which nothing happened too', () => {
    const minutes = lastMinutes([at(11, 0, 9), at(11, 40, 3), at(12, 28, 4)], now);
    expect(minutes[0]).toEqual(at(11, 40, 3));
    expect(minutes).toHaveLength(51);
    expect(minutes.map((minute) => minute.completed).filter((n) => n > 0)).toEqual([3, 4]);
    expect(minutes[1]).toMatchObject({ completed: 0, running: null, depth: null });
    expect(minutes.at(-1)?.minute).toBe(Date.UTC(2026, 0, 1, 12, 30));
  });

  it('is an hour at most', () => {
    expect(lastMinutes([at(11, 31, 1)], now)).toHaveLength(60);
  });

  it('has a quarter of an hour however little happened', () => {
    expect(lastMinutes([], now)).toHaveLength(15);
    expect(lastMinutes([at(12, 29, 1)], now)).toHaveLength(15);
  });
});
