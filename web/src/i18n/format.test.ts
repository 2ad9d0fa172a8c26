import { describe, expect, it } from 'vitest';
import { formats } from './format';

const { span, moment } = formats('en');

describe('span', () => {
  it('has two units at most, and none of nothing', () => {
    expect([0, 999, 1_500, 60_000, 200_000, 3_600_000, 7_500_000].map(span)).toEqual(['0 ms', '999 ms', '1.5 s', '1 min', '3 min 20 s', '1 h', '2 h 5 min']);
    expect([5, 14_400_000].map(formats('zh-CN').span)).toEqual(['5 毫秒', '4 小时']);
  });
});

describe('short', () => {
  it('has one unit', () => {
    expect([0, 59_400, 60_000, 3_599_000, 7_500_000, 90_000_000].map(formats('en').short)).toEqual(['0 s', '59 s', '1 min', '59 min', '2 h', '1 d']);
  });
});

describe('moment', () => {
  it('says no more than tells it apart', () => {
    const now = new Date(2026, 4, 7, 12, 0, 0).getTime();
    const of = (...at: [number, number, number, number, number, number]): string => moment(new Date(...at).getTime(), now).replace(/\s/g, ' ');
    expect(of(2026, 4, 7, 9, 5, 3)).toBe('9:05:03 AM');
    expect(of(2026, 4, 6, 9, 5, 3)).toBe('May 6, 9:05 AM');
    expect(of(2025, 11, 31, 9, 5, 3)).toBe('Dec 31, 2025');
  });
});
