import { expect, failing, test } from './fixtures';

test('a batch shows what it has made, and a child its parent', async ({ page, api }) => {
  const batch = await api.create('batch_process', { type: 'noop', payloads: [{ n: 1 }, { n: 2 }, { n: 3 }] });
  await api.reach(batch.id, 'completed');
  await page.goto(`/tasks/${batch.id}`);
  const related = page.getByRole('dialog').getByRole('region', { name: 'Related tasks' });
  await expect(related).toContainText('3 of 3 ended');
  await expect(related.getByRole('link')).toHaveCount(3);
  await related.getByRole('link').first().click();
  await expect(page.getByRole('dialog', { name: /Task details: noop/ }).getByRole('region', { name: 'Related tasks' })).toContainText('batch_process');
});

test('a task that waits for others names them', async ({ page, api }) => {
  const first = await api.create('noop', {}, { delaySeconds: 3600 });
  const second = await api.create('noop', {}, { after: [first.id] });
  await page.goto(`/tasks/${second.id}`);
  const dialog = page.getByRole('dialog', { name: /Task details/ });
  await expect(dialog).toContainText('Waits for other tasks');
  await expect(dialog.getByRole('region', { name: 'Related tasks' }).getByRole('link')).toContainText(first.id.slice(-8));
});

test('a failed task is run again with another payload, as a new task', async ({ page, api, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const task = await api.create('sleep', failing[0], { maxRetries: 0, tags: ['again'] });
  await api.reach(task.id, 'failed');
  await page.goto(`/tasks/${task.id}`);
  const dialog = page.getByRole('dialog', { name: /Task details: sleep/ });
  await expect(dialog.getByRole('progressbar')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'More', exact: true }).click();
  await dialog.getByRole('button', { name: 'Copy id' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(task.id);
  await dialog.getByRole('button', { name: 'Edit and run again' }).click();
  const form = page.getByRole('dialog', { name: 'New task' });
  await expect(form).toContainText(task.id.slice(-8));
  await expect(form.getByRole('textbox', { name: /failTimes/ })).toHaveValue('9');
  await form.getByRole('textbox', { name: /failTimes/ }).fill('0');
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(page).not.toHaveURL(new RegExp(task.id));
  await expect(dialog.locator('[data-status="completed"]').first()).toBeVisible();
  await expect(dialog).toContainText('again');
  await api.reach(task.id, 'failed');
});
