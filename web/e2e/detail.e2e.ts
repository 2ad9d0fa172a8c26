import { readFile } from 'node:fs/promises';
import { expect, failing, headers, rowOf, test } from './fixtures';

test('a click on a row shows the task at an address of its own', async ({ page, api }) => {
  const task = await api.create('noop', { colour: 'green' });
  await api.reach(task.id, 'completed');
  await page.goto('/tasks?type=noop');
  await rowOf(page, task).getByText('Completed').click();
  await expect(page).toHaveURL(`/tasks/${task.id}?type=noop`);
  const dialog = page.getByRole('dialog', { name: /Task details: noop/ });
  await expect(dialog.getByRole('region', { name: 'Payload' })).toContainText('"colour": "green"');
  await expect(dialog.getByRole('region', { name: 'Result' })).toContainText('"colour": "green"');
  await expect(dialog.getByRole('region', { name: 'Timeline' })).toContainText('Attempt 1');
  await page.reload();
  await expect(dialog.getByRole('region', { name: 'Payload' })).toContainText('"colour": "green"');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page).toHaveURL('/tasks?type=noop');
});

test('a failed task tells its error, what to do, and each attempt', async ({ page, api }) => {
  const task = await api.create('sleep', { seconds: 0, failTimes: 9 }, { maxRetries: 1, backoff: { kind: 'fixed', delaySeconds: 1 } });
  await api.reach(task.id, 'failed');
  await page.goto(`/tasks/${task.id}`);
  const dialog = page.getByRole('dialog');
  const error = dialog.getByRole('group', { name: 'Error' });
  await expect(error).toContainText('asked_to_fail');
  await expect(error).toContainText('What to do');
  const timeline = dialog.getByRole('region', { name: 'Timeline' });
  await expect(timeline).toContainText('Attempt 1');
  await expect(timeline).toContainText('Backing off');
  await expect(timeline).toContainText('Attempt 2');
});

test('progress, timeline and log follow a running task; cancelling it asks first', async ({ page, api }) => {
  const task = await api.create('sleep', { seconds: 600 });
  await api.reach(task.id, 'running');
  await page.goto(`/tasks/${task.id}`);
  const dialog = page.getByRole('dialog', { name: /Task details/ });
  await expect(dialog.getByRole('region', { name: 'Logs' })).toContainText('Sleeping 600 s, attempt 1.');
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel task' }).click();
  await page.getByRole('dialog', { name: 'Cancel this task?' }).getByRole('button', { name: 'Cancel task' }).click();
  await expect(dialog.locator('[data-status="cancelled"]').first()).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Retry' })).toBeVisible();
});

test('log lines can be narrowed to a level', async ({ page, api }) => {
  const task = await api.create('sleep', ...failing);
  await api.reach(task.id, 'failed');
  await page.goto(`/tasks/${task.id}`);
  const logs = page.getByRole('dialog').getByRole('region', { name: 'Logs' });
  await expect(logs).toContainText('Sleeping 0 s');
  await logs.getByRole('combobox', { name: 'Level' }).selectOption('error');
  await expect(logs).not.toContainText('Sleeping 0 s');
});

test('a retry from the dialog', async ({ page, api }) => {
  const task = await api.create('noop', {}, { delaySeconds: 3600 });
  await page.request.delete(`/api/tasks/${task.id}`, { headers });
  await page.goto(`/tasks/${task.id}`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Retry' }).click();
  await expect(dialog.getByRole('button', { name: 'Retry' })).toHaveCount(0);
});

test('the file of an export can be downloaded', async ({ page, api }) => {
  const noop = await api.create('noop', {});
  await api.reach(noop.id, 'completed');
  const task = await api.create('export', { what: 'tasks' });
  await api.reach(task.id, 'completed');
  await page.goto(`/tasks/${task.id}`);
  const downloading = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('link', { name: 'Download' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^tasks-.*\.csv$/);
  expect(await readFile(await download.path(), 'utf8')).toContain(noop.id);
});

test('an unknown id is told as such', async ({ page }) => {
  await page.goto(`/tasks/${'0'.repeat(32)}`);
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('There is no such task');
});
