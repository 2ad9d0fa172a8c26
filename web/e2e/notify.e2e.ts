import type { Page } from '@playwright/test';
import { expect, failing, test } from './fixtures';

interface Shown {
  title: string;
  body: string;
}

declare global {
  interface Window {
    shown: (Shown & { onclick: (() => void) | null })[];
    asked: number;
  }
}

/** A browser's notifications that can be looked at: a headless one shows none. */
async function fakeNotifications(page: Page, permission: NotificationPermission): Promise<void> {
  await page.addInitScript((first) => {
    window.shown = [];
    window.asked = 0;
    class Fake {
      static permission = first;
      static requestPermission(): Promise<NotificationPermission> {
        window.asked++;
        Fake.permission = 'granted';
        return Promise.resolve('granted');
      }
      onclick: (() => void) | null = null;
      body: string;
      constructor(readonly title: string, options: NotificationOptions) {
        this.body = options.body ?? '';
        window.shown.push(this);
      }
      close(): void { /* nothing is on a screen */ }
    }
    Object.defineProperty(window, 'Notification', { value: Fake });
  }, permission);
}

const shown = (page: Page): Promise<Shown[]> => page.evaluate(() => window.shown.map(({ title, body }) => ({ title, body })));
const live = (page: Page, word = 'Live') => expect(page.getByText(word, { exact: true })).toBeVisible();

test('the first visit asks, once, by a button', async ({ page }) => {
  await fakeNotifications(page, 'default');
  await page.goto('/tasks');
  expect(await page.evaluate(() => window.asked)).toBe(0);
  await page.getByRole('button', { name: 'Allow notifications' }).click();
  await expect(page.getByRole('button', { name: 'Allow notifications' })).toHaveCount(0);
  expect(await page.evaluate(() => window.asked)).toBe(1);
  await page.reload();
  await live(page);
  await expect(page.getByRole('button', { name: 'Allow notifications' })).toHaveCount(0);
});

test('a failure is told with its error', async ({ page, api }) => {
  await fakeNotifications(page, 'granted');
  await page.goto('/tasks');
  await live(page);
  await api.create('sleep', ...failing);
  await expect.poll(() => shown(page)).toEqual([{ title: 'Task failed', body: expect.stringMatching(/^sleep …\w{8}\nasked_to_fail: Attempt 1/) as unknown as string }]);
});

test('two tabs tell once', async ({ page, api, context }) => {
  const second = await context.newPage();
  for (const tab of [page, second]) {
    await fakeNotifications(tab, 'granted');
    await tab.goto('/tasks');
    await live(tab);
  }
  const task = await api.create('noop', {});
  for (const tab of [page, second]) await expect(tab.locator(`tr[data-task="${task.id}"]`)).toContainText('Completed');
  await expect.poll(async () => [...(await shown(page)), ...(await shown(second))].length).toBe(1);
});

test('many that end at once are one notification', async ({ page, api }) => {
  await fakeNotifications(page, 'granted');
  await page.goto('/tasks');
  await live(page);
  await Promise.all(Array.from({ length: 12 }, (_, n) => api.create('noop', { n })));
  await expect.poll(() => shown(page)).toContainEqual(expect.objectContaining({ title: expect.stringMatching(/^\d+ tasks ended$/) as unknown as string }));
  expect((await shown(page)).length).toBeLessThan(6);
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('a completed task is told as 任务完成, a failed one as 任务失败; a click opens it', async ({ page, api }) => {
    await fakeNotifications(page, 'granted');
    await page.goto('/overview');
    await live(page, '实时');
    const task = await api.create('noop', { n: 1 });
    await expect.poll(() => shown(page)).toEqual([{ title: '任务完成', body: `noop …${task.id.slice(-8)}` }]);
    await page.evaluate(() => window.shown[0]?.onclick?.());
    await expect(page).toHaveURL(`/tasks/${task.id}`);
    await expect(page.getByRole('dialog', { name: '任务详情: noop' })).toBeVisible();
    await api.create('sleep', ...failing);
    await expect.poll(async () => (await shown(page)).map((one) => one.title)).toEqual(['任务完成', '任务失败']);
  });
});
