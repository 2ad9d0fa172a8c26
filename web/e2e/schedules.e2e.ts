import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures';

test('a schedule is made, looked at, run, paused, changed and deleted', async ({ page }) => {
  await page.goto('/schedules');
  await expect(page.getByText('No schedules yet')).toBeVisible();
  await page.getByRole('button', { name: 'New schedule' }).click();
  const form = page.getByRole('dialog', { name: 'New schedule' });
  await form.getByRole('textbox', { name: 'Name' }).fill('nightly');
  await form.getByRole('textbox', { name: 'Cron expression' }).fill('61 * * * *');
  await expect(form.getByRole('region', { name: 'Next runs' })).toContainText(/cron expression/);
  await form.getByRole('textbox', { name: 'Cron expression' }).fill('30 2 * * *');
  await form.getByRole('textbox', { name: 'Time zone' }).fill('Europe/Berlin');
  await expect(form.getByRole('region', { name: 'Next runs' }).getByRole('listitem')).toHaveCount(5);
  await form.getByRole('combobox', { name: 'Type', exact: true }).selectOption('sleep');
  await form.getByRole('textbox', { name: /seconds/ }).first().fill('-1');
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(form.getByRole('textbox', { name: /seconds/ }).first()).toHaveAttribute('aria-invalid', 'true');
  await form.getByRole('textbox', { name: /seconds/ }).first().fill('0');
  await form.getByRole('button', { name: 'Create' }).click();

  const dialog = page.getByRole('dialog', { name: 'nightly' });
  await expect(dialog.getByRole('region', { name: 'Next runs' }).getByRole('listitem')).toHaveCount(10);
  await expect(dialog).toContainText('cron 30 2 * * *, Europe/Berlin');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await expect(dialog.getByRole('region', { name: 'History' })).toContainText('Completed');
  await dialog.getByRole('button', { name: 'Edit' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit schedule' });
  await expect(edit.getByRole('textbox', { name: /seconds/ }).first()).toHaveValue('0');
  await edit.getByRole('combobox', { name: 'When' }).selectOption('every');
  await edit.getByRole('textbox', { name: 'Every so many seconds' }).fill('7200');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toContainText('every 2 h');
  await dialog.getByRole('button', { name: 'Close' }).click();

  const row = page.locator('[data-schedule]');
  await row.getByRole('button', { name: 'Pause: nightly' }).click();
  await expect(row).toContainText('Paused');
  await row.getByRole('button', { name: 'Resume: nightly' }).click();
  await expect(row).toContainText('Next in');
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode().analyze();
  expect(violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')).toEqual([]);
  await row.getByRole('link', { name: 'nightly' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Delete this schedule?' }).getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('No schedules yet')).toBeVisible();
});
