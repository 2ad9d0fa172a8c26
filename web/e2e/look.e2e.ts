import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, failing, rowOf, test } from './fixtures';

/** What axe calls serious or critical, by rule and element. */
async function findings(page: Page): Promise<string[]> {
  // Without frames on the page there is nothing to gather in a page of axe's own, which takes longer than the looking.
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode().analyze();
  return violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

for (const locale of ['en', 'zh-CN']) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${locale}, ${colorScheme}`, () => {
      test.use({ locale, colorScheme });

      test('axe finds nothing serious on any page', async ({ page, api }) => {
        const pending = await api.create('noop', {}, { delaySeconds: 3600, tags: ['tag'] });
        const failed = await api.create('sleep', ...failing);
        const running = await api.create('sleep', { seconds: 600 });
        await api.reach(failed.id, 'failed');
        await api.reach(running.id, 'running');

        await page.goto('/tasks');
        await expect(rowOf(page, pending)).toBeVisible();
        await expect(page.locator('html')).toHaveAttribute('lang', locale);
        await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
        await page.locator('tbody input[type=checkbox]').first().check();
        expect(await findings(page)).toEqual([]);
        await page.goto(`/tasks/${failed.id}`);
        await expect(page.getByRole('dialog').locator('pre').first()).toBeVisible();
        expect(await findings(page)).toEqual([]);
        await page.goto('/tasks/new');
        await expect(page.getByRole('dialog').locator('form')).toBeVisible();
        expect(await findings(page)).toEqual([]);
        await page.goto('/overview');
        await expect(page.locator('figure canvas').first()).toBeVisible();
        expect(await findings(page)).toEqual([]);
        await page.context().clearCookies();
        await page.goto('/tasks');
        await expect(page.locator('main h1')).toBeVisible();
        expect(await findings(page)).toEqual([]);
      });
    });
  }
}

test('language and theme are changed by a button and kept', async ({ page }) => {
  await page.goto('/tasks');
  await page.getByRole('button', { name: '中文' }).click();
  await expect(page.getByRole('heading', { name: '任务队列', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: '切换到深色主题' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.reload();
  await expect(page.getByRole('heading', { name: '任务队列', level: 1 })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('the server’s refusals are Chinese too', async ({ page }) => {
    await page.goto('/tasks/new');
    const form = page.getByRole('dialog', { name: '新建任务' });
    await form.getByRole('combobox', { name: '类型', exact: true }).selectOption('sleep');
    await form.getByRole('button', { name: '创建' }).click();
    await expect(form.getByRole('textbox', { name: /seconds/ }).first()).toHaveAccessibleDescription(/[\u4e00-\u9fff]/);
  });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('every page fits the width and can be used', async ({ page, api }) => {
    const task = await api.create('sleep', ...failing);
    await api.reach(task.id, 'failed');
    for (const path of ['/tasks', `/tasks/${task.id}`, '/tasks/new', '/overview']) {
      await page.goto(path);
      await expect(page.locator(path === '/overview' ? 'figure canvas' : path === '/tasks' ? 'tbody tr' : 'dialog section, dialog form').first()).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path).toBe(true);
      expect(await findings(page), path).toEqual([]);
    }
    await page.goto('/tasks');
    await expect(rowOf(page, task).getByRole('button', { name: /^Retry/ })).toBeInViewport();
    await rowOf(page, task).getByRole('link').tap();
    await expect(page.getByRole('dialog')).toContainText('asked_to_fail');
  });
});

test('the overview shows what the queue does', async ({ page, api }) => {
  const running = await api.create('sleep', { seconds: 600 });
  await api.reach(running.id, 'running');
  await page.goto('/overview');
  for (const title of ['Throughput', 'Failures', 'Time to run', 'Waiting in each lane', 'Running against the limit', 'Longest waiting'])
    await expect(page.getByRole('figure', { name: new RegExp(`^${title}`) })).toBeVisible();
  const figure = page.getByRole('figure', { name: 'Running against the limit' });
  await expect(figure).toContainText(/Running\s*[1-9]/);
  await expect(figure).toContainText(/Limit\s*100/);
});
