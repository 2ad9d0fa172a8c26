import { expect, test } from './fixtures';

test('the API can be read and tried on its own page', async ({ page, api }) => {
  const task = await api.create('noop', { n: 1 });
  await api.reach(task.id, 'completed');
  await page.goto('/api.html');

  await expect(page.getByRole('heading', { name: /^Tasklane/ })).toBeVisible();
  const operation = page.locator('#operations-tasks-listTasks');
  await operation.getByRole('button').first().click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();

  await expect(operation.locator('.live-responses-table .response .response-col_status').first()).toContainText('200');
  await expect(operation.locator('.live-responses-table .highlight-code').first()).toContainText(task.id);
  if (process.env.TASKLANE_PICTURES) await page.screenshot({ path: `${process.env.TASKLANE_PICTURES}/api.png` });
});
