import { expect, it } from 'vitest';
import type { MinuteStats } from '../api/types';
import { wholeHour } from './stats';

it('an hour has sixty minutes, those in which nothing happened too', () => {
  const now = Date.UTC(2026, 0, 1, 12, 30, 20);
  const told = { minute: Date.UTC(2026, 0, 1, 12, 28), completed: 4 } as MinuteStats;
  const old = { minute: Date.UTC(2026, 0, 1, 11, 0), completed: 9 } as MinuteStats;
  const minutes = wholeHour([old, told], now);
  expect(minutes).toHaveLength(60);
  expect(minutes.map((minute) => minute.completed).filter((n) => n > 0)).toEqual([4]);
  expect(minutes.at(-1)?.minute).toBe(Date.UTC(2026, 0, 1, 12, 30));
  expect(minutes[0]?.minute).toBe(Date.UTC(2026, 0, 1, 11, 31));
});
