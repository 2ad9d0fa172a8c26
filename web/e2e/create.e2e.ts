import { expect, test } from './fixtures';

test('a form made from the type’s schema creates a task', async ({ page }) => {
  await page.goto('/tasks');
  await page.getByRole('button', { name: 'New task' }).click();
  const form = page.getByRole('dialog', { name: 'New task' });
  await form.getByRole('combobox', { name: 'Type', exact: true }).selectOption('sleep');
  await form.getByRole('textbox', { name: /seconds/ }).first().fill('0.5');
  await form.getByRole('combobox', { name: 'Priority' }).selectOption('high');
  await form.getByText('More settings').click();
  await form.getByRole('textbox', { name: 'Retries after a failure' }).fill('2');
  await form.getByRole('textbox', { name: 'Tags' }).fill('one, two');
  await form.getByRole('button', { name: 'Create' }).click();
  const details = page.getByRole('dialog', { name: /Task details: sleep/ });
  await expect(details).toContainText('"seconds": 0.5');
  await expect(details).toContainText('0 of 2');
  await expect(details).toContainText('one, two');
  await expect(details.locator('[data-status="completed"]').first()).toBeVisible();
});

test('what the server refuses lands on its field', async ({ page }) => {
  await page.goto('/tasks/new');
  const form = page.getByRole('dialog', { name: 'New task' });
  await form.getByRole('combobox', { name: 'Type', exact: true }).selectOption('sleep');
  const seconds = form.getByRole('textbox', { name: /seconds/ }).first();
  await seconds.fill('-1');
  await form.getByText('More settings').click();
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(seconds).toHaveAttribute('aria-invalid', 'true');
  await expect(seconds).toHaveAccessibleDescription(/must be at least 0/);
  await expect(seconds).toBeFocused();
  await seconds.fill('0');
  await form.getByRole('textbox', { name: 'Retries after a failure' }).fill('many');
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(form.getByRole('textbox', { name: 'Retries after a failure' })).toHaveAttribute('aria-invalid', 'true');
});

test('lists, choices and free JSON have controls of their own', async ({ page }) => {
  await page.goto('/tasks/new');
  const form = page.getByRole('dialog', { name: 'New task' });
  await form.getByRole('combobox', { name: 'Type', exact: true }).selectOption('log_analysis');
  await form.getByRole('button', { name: 'Add lines' }).click();
  await form.getByRole('textbox', { name: 'lines 1' }).fill('2026-01-01T00:00:00Z ERROR out of paper');
  await form.getByRole('button', { name: 'Add lines' }).click();
  await form.getByRole('button', { name: 'Remove lines 2' }).click();
  await expect(form.getByRole('textbox', { name: 'lines 2' })).toHaveCount(0);

  await form.getByRole('combobox', { name: 'Type', exact: true }).selectOption('export');
  await expect(form.getByRole('combobox', { name: 'what' })).toBeVisible();
  await expect(form.getByRole('combobox', { name: 'format' })).toHaveValue('csv');

  await form.getByRole('combobox', { name: 'Type', exact: true }).selectOption('noop');
  const json = form.getByRole('textbox', { name: 'Payload' });
  await json.fill('{ "a": ');
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(json).toHaveAccessibleDescription(/not valid JSON/);
  await json.fill('{ "a": [1, 2] }');
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('dialog', { name: /Task details: noop/ }).getByRole('region', { name: 'Payload' })).toContainText('"a"');
});
