import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startApp } from './app';
import { expect, failing, test } from './fixtures';

const sections = ['Functions', 'Invocations', 'Orchestrations', 'Entities', 'Timers', 'Queues', 'SignalR connections'];

/** The host's own page, which is none of the dashboard's. */
async function open(page: Page, hash = ''): Promise<void> {
  await page.goto(`/_emulator${hash}`);
  await expect(page.getByRole('navigation', { name: 'Sections' }).getByRole('link')).toHaveText(sections);
}

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode().analyze();
  return violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 } });

      test('every section fits the width and axe finds nothing serious', async ({ page, api }) => {
        const task = await api.create('sleep', ...failing);
        await api.reach(task.id, 'failed');
        await open(page);
        for (const section of sections) {
          await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: section, exact: true }).click();
          await expect(page.getByRole('heading', { name: section, level: 2 })).toBeVisible();
          await expect(page.locator('tbody tr, #empty:not([hidden])').first()).toBeVisible();
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), section).toBe(true);
          expect(await findings(page), section).toEqual([]);
        }
        await open(page, '#/instances');
        await page.locator('tbody tr').first().click();
        await expect(page.getByRole('heading', { name: 'History' })).toBeVisible();
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
        expect(await findings(page)).toEqual([]);
      });
    });
  }
}

test('an orchestration is found, suspended and terminated', async ({ page, api }) => {
  const task = await api.create('noop', {}, { delaySeconds: 3600 });
  await open(page, '#/instances');
  await page.getByRole('searchbox').fill(task.id);
  const row = page.locator('tbody tr');
  await expect(row).toHaveCount(1);
  await row.focus();
  await page.keyboard.press('Enter');
  const detail = page.getByRole('region', { name: 'Detail' });
  await detail.getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByRole('alert')).toHaveText('It has been suspended.');
  await expect(detail.getByRole('button', { name: 'Resume' })).toBeVisible();

  await detail.getByRole('button', { name: 'Terminate' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('enough');
  await page.keyboard.press('Control+Enter');
  await expect(detail).toContainText('terminated');
  await expect(detail).toContainText('"enough"');
  await page.keyboard.press('Escape');
  await expect(detail).toBeHidden();
});

test('where keys are required the page asks for the master key', async ({ page }) => {
  const app = await startApp({ TASKLANE_EMULATOR_REQUIRE_KEYS: 'true' });
  try {
    await page.goto(`${app.url}/_emulator`);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/masterKey/).fill('wrong');
    await dialog.getByRole('button', { name: 'Open' }).click();
    await expect(dialog).toContainText('That is not it.');
    const { masterKey } = JSON.parse(await readFile(path.join(app.data, 'keys.json'), 'utf8')) as { masterKey: string };
    await dialog.getByLabel(/masterKey/).fill(masterKey);
    await dialog.getByRole('button', { name: 'Open' }).click();
    await expect(page.locator('tbody tr').first()).toBeVisible();
    await page.reload();
    await expect(page.locator('tbody tr').first()).toBeVisible();
  } finally {
    await app.stop();
  }
});
