import { expect, it } from 'vitest';
import { inChinese } from './messages';

it('knows what the app’s own handlers say, and leaves everything else as it is', () => {
  expect(inChinese('Sleeping 0.5 s, attempt 2.')).toBe('等待 0.5 秒，第 2 次执行。');
  expect(inChinese('Exported 12 rows, 340 bytes.')).toBe('已导出 12 行，340 字节。');
  expect(inChinese('99 of 100 tasks completed.')).toBe('100 个任务中完成了 99 个。');
  expect(inChinese('Somebody’s own words: 5 rows')).toBe('Somebody’s own words: 5 rows');
});
