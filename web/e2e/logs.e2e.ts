import type { Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { expect, failing, test } from './fixtures';

interface Kept {
  lines: string[];
  asked: [number, number][];
}

/** A log of many lines, which no handler of ours writes in a moment, in the shape of the API. */
async function longLog(page: Page, id: string, lines: string[]): Promise<Kept> {
  const kept: Kept = { lines, asked: [] };
  await page.route(`**/api/tasks/${id}/logs?*`, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [after, limit] = [Number(query.get('after')), Number(query.get('limit'))];
    kept.asked.push([after, limit]);
    const logs = kept.lines.slice(after, after + limit).map((message, index) => ({
      time: new Date(1_767_225_600_000 + (after + index) * 1000).toISOString(), level: message.startsWith('ERROR') ? 'error' : 'info', message,
    }));
    await route.fulfill({ json: { logs, total: kept.lines.length, page: 1, pageSize: limit } });
  });
  return kept;
}

test('six thousand lines begin at their end, are followed, searched, and saved whole', async ({ page, api }) => {
  const task = await api.create('sleep', { seconds: 600 });
  await api.reach(task.id, 'running');
  const kept = await longLog(page, task.id, [...Array.from({ length: 6_000 }, (_, n) => (n === 17 ? 'ERROR early\n    at the beginning' : `line ${n}`))]);
  await page.goto(`/tasks/${task.id}`);
  const logs = page.getByRole('dialog').getByRole('region', { name: 'Logs' });
  await logs.getByRole('log').scrollIntoViewIfNeeded();
  await expect(logs.getByText('line 5999', { exact: true })).toBeInViewport();
  await expect(logs).toContainText('6,000 lines');

  kept.asked = [];
  kept.lines.push('line 6000');
  await expect(logs.getByText('line 6000', { exact: true })).toBeInViewport();
  // Nothing is read again but the line at the cursor.
  expect(Math.min(...kept.asked.map(([after]) => after))).toBe(5_999);

  await logs.getByRole('combobox', { name: 'Level' }).selectOption('error');
  await expect(logs).toContainText('1 of 6,001 lines');
  await expect(logs).toContainText('ERROR early');
  await logs.getByRole('combobox', { name: 'Level' }).selectOption('');
  await logs.getByRole('searchbox', { name: 'Search the log' }).fill('line 123');
  await expect(logs).toContainText('11 of 6,001 lines');
  await logs.getByRole('searchbox', { name: 'Search the log' }).fill('');
  const saving = page.waitForEvent('download');
  await logs.getByRole('button', { name: 'Download: Logs' }).click();
  const saved = await readFile(await (await saving).path(), 'utf8');
  expect(saved.match(/^\d{4}-/gm)).toHaveLength(6_001);
  await page.request.post(`/api/tasks/${task.id}/cancel`, { headers: { 'Sec-Fetch-Site': 'same-origin' } });
});

test('a log that cannot be read says so, and comes when it can', async ({ page, api }) => {
  const task = await api.create('sleep', ...failing);
  await api.reach(task.id, 'failed');
  await page.route(`**/api/tasks/${task.id}/logs?*`, (route) => route.fulfill({ status: 503, json: { code: 'store_unavailable', detail: 'The store is away.' } }));
  await page.goto(`/tasks/${task.id}`);
  const logs = page.getByRole('dialog').getByRole('region', { name: 'Logs' });
  await expect(logs.getByRole('alert')).toContainText('The store is away.');
  await page.unroute(`**/api/tasks/${task.id}/logs?*`);
  await logs.getByRole('button', { name: 'Try again' }).click();
  await expect(logs).toContainText('Sleeping 0 s');
  await expect(logs.getByRole('alert')).toHaveCount(0);
});
