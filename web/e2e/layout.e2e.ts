import type { Page } from '@playwright/test';
import { expect, rowOf, test } from './fixtures';

const long = {
  type: 'a_type_with_a_name_of_fifty_letters_as_some_have_it',
  tag: `${'w'.repeat(30)}任务标签${'م'.repeat(30)}`,
  error: `${'A message that goes on. '.repeat(60)}${'x'.repeat(1_500)}`,
};
const widths = [360, 641, 768, 900, 1024, 1200, 1440, 1920];

/** Tasks of the app, longer than the app's own handlers make them. */
async function stretch(page: Page): Promise<void> {
  await page.route(/\/api\/tasks(\/[0-9a-f]{32})?(\?.*)?$/, async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    const body = (await answer.json()) as Record<string, unknown> & { tasks?: Record<string, unknown>[] };
    const change = (task: Record<string, unknown>): Record<string, unknown> => ({
      ...task, type: long.type, tags: [long.tag, 'b', 'مهمة'], createdBy: 'somebody.with.a.long.name@an-organization.example',
      ...(task.error ? { error: { code: 'handler_failed', message: long.error, details: null } } : {}),
    });
    await route.fulfill({ response: answer, json: body.tasks ? { ...body, tasks: body.tasks.map(change) } : change(body) });
  });
}

/** Texts of a row that lie over one another, and what sticks out of the window. */
async function faults(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found: string[] = [];
    if (document.documentElement.scrollWidth > window.innerWidth) found.push(`the document is ${document.documentElement.scrollWidth} wide`);
    for (const row of document.querySelectorAll('tbody tr')) {
      const cells = [...row.querySelectorAll('td')].filter((cell) => cell.getClientRects().length > 0);
      for (const cell of cells) {
        const box = cell.getBoundingClientRect();
        for (const part of cell.querySelectorAll('a, button, span, bdi, progress, time, div')) {
          const inner = part.getBoundingClientRect();
          // What a box cuts off with an ellipsis is not seen beyond it.
          const seen = inner.right > box.right + 1 && getComputedStyle(cell).overflowX === 'visible';
          if (inner.width > 0 && seen) found.push(`${part.tagName} sticks out of ${cell.className}`);
        }
      }
      for (const a of cells) {
        for (const b of cells) {
          if (a === b) continue;
          const [one, two] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
          if (one.left + 1 < two.right && two.left + 1 < one.right && one.top + 1 < two.bottom && two.top + 1 < one.bottom) found.push(`${a.className} lies over ${b.className}`);
        }
      }
      const action = row.querySelector('td:last-child button')?.getBoundingClientRect();
      if (action && (action.right > window.innerWidth || action.left < 0)) found.push('the button is cut off');
    }
    return [...new Set(found)];
  });
}

test.describe('an admin', () => {
  test.use({ roles: ['admin'] });

  test('long names, tags and errors fit every width', async ({ page, api }) => {
    const failed = await api.create('sleep', { seconds: 0, failTimes: 9 }, { maxRetries: 0, tags: ['a'] });
    const running = await api.create('sleep', { seconds: 600 });
    await api.create('noop', {}, { delaySeconds: 3600 });
    await api.reach(failed.id, 'failed');
    await api.reach(running.id, 'running');
    await stretch(page);
    await page.goto('/tasks?owner=all&q=sleep');
    await expect(rowOf(page, failed)).toContainText('A message that goes on');
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      expect(await faults(page), `${width} px`).toEqual([]);
      if (process.env.TASKLANE_PICTURES) await page.screenshot({ path: `${process.env.TASKLANE_PICTURES}/long-${width}.png` });
    }
    await page.goto(`/tasks/${failed.id}`);
    await expect(page.getByRole('dialog').getByRole('group', { name: 'Error' })).toBeVisible();
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => {
        const dialog = document.querySelector('dialog[open]');
        return dialog ? dialog.scrollWidth - dialog.clientWidth : -1;
      }), `${width} px`).toBe(0);
    }
    await page.request.post(`/api/tasks/${running.id}/cancel`, { headers: { 'Sec-Fetch-Site': 'same-origin' } });
  });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('two tasks fit the first screen', async ({ page, api }) => {
    const first = await api.create('sleep', { seconds: 0, failTimes: 9 }, { maxRetries: 0, tags: ['tag'] });
    await api.reach(first.id, 'failed');
    const second = await api.create('noop', {}, { delaySeconds: 3600, tags: ['tag'] });
    await page.goto('/tasks');
    for (const task of [first, second]) await expect(rowOf(page, task)).toBeInViewport({ ratio: 1 });
    await page.getByRole('button', { name: 'Filters' }).click();
    await expect(page.getByRole('combobox', { name: 'Type', exact: true })).toBeVisible();
  });
});
