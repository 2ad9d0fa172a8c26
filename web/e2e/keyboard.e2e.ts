import { expect, rowOf, test } from './fixtures';

test('everything can be done by keyboard alone', async ({ page, api }) => {
  const task = await api.create('noop', {}, { delaySeconds: 3600 });
  await page.goto('/tasks');
  await expect(rowOf(page, task)).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();

  // To the row, and into its details.
  const link = rowOf(page, task).getByRole('link');
  for (let presses = 0; presses < 30 && !(await link.evaluate((element) => element === document.activeElement)); presses++) await page.keyboard.press('Tab');
  await expect(link).toBeFocused();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /Task details/ });
  await expect(dialog.locator('pre').first()).toBeVisible();

  // The focus never comes to what lies under the dialog, however often it moves on.
  for (let presses = 0; presses < 15; presses++) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((element) => document.activeElement === document.body || element.contains(document.activeElement))).toBe(true);
  }

  // Cancel: the question opens on the harmless answer.
  const cancel = dialog.getByRole('button', { name: 'Cancel task' });
  for (let presses = 0; presses < 15 && !(await cancel.evaluate((element) => element === document.activeElement)); presses++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: 'Cancel this task?' });
  await expect(question.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(cancel).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(question.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(dialog.locator('[data-status="cancelled"]').first()).toBeVisible();

  // Closing gives the focus back to the row.
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(link).toBeFocused();
});
