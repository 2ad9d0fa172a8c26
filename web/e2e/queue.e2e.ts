import { expect, failing, headers, rowOf, test } from './fixtures';

// The scenarios of "Task Queue Frontend UI", one after the other.

test('the menu leads to the task queue with its list, filters and search', async ({ page, api }) => {
  const task = await api.create('noop', {});
  await page.goto('/overview');
  const menu = page.getByRole('navigation', { name: 'System status' });
  await menu.getByRole('link', { name: 'Task queue' }).click();
  await expect(page).toHaveURL(/\/tasks$/);
  await expect(page).toHaveTitle('Task queue – Tasklane');
  await expect(page.getByRole('heading', { name: 'Task queue', level: 1 })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Tasks' })).toBeVisible();
  await expect(rowOf(page, task)).toBeVisible();
  await expect(page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Failed' })).toBeVisible();
  for (const label of ['Type', 'Priority']) await expect(page.getByRole('combobox', { name: label, exact: true })).toBeVisible();
  await expect(page.getByRole('searchbox', { name: 'Search' })).toBeVisible();
});

test('every status has an icon and a word, a running task its progress', async ({ page, api }) => {
  const pending = await api.create('noop', {}, { delaySeconds: 3600 });
  const running = await api.create('sleep', { seconds: 600 });
  const completed = await api.create('noop', {});
  const failed = await api.create('sleep', ...failing);
  const cancelled = await api.create('noop', {}, { delaySeconds: 3600 });
  await page.request.delete(`/api/tasks/${cancelled.id}`, { headers });
  await api.reach(running.id, 'running');
  await api.reach(completed.id, 'completed');
  await api.reach(failed.id, 'failed');
  await page.goto('/tasks');
  for (const [task, word] of [[pending, 'Pending'], [running, 'Running'], [completed, 'Completed'], [failed, 'Failed'], [cancelled, 'Cancelled']] as const) {
    const label = rowOf(page, task).locator(`[data-status="${word.toLowerCase()}"]`).first();
    await expect(label).toHaveText(word);
    await expect(label.locator('svg')).toBeVisible();
  }
  await expect(rowOf(page, running).getByRole('progressbar')).toBeVisible();
  await expect(rowOf(page, failed)).toContainText('asked_to_fail');
});

test('a row follows its task without a reload, newest first', async ({ page, api }) => {
  const old = await api.create('noop', {});
  await page.goto('/tasks');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  const task = await api.create('sleep', { seconds: 4 });
  const row = rowOf(page, task);
  await expect(row).toBeVisible();
  await expect(page.locator('tbody tr').first()).toHaveAttribute('data-task', task.id);
  await expect(row).toContainText('Running');
  await expect.poll(async () => Number(await row.getByRole('progressbar').getAttribute('value'))).toBeGreaterThan(5);
  await expect(row).toContainText('Completed');
  await expect(rowOf(page, old)).toBeVisible();
  await expect(page.getByText('2 tasks')).toBeVisible();
});

test('filters show only what they name, and live in the address', async ({ page, api }) => {
  const noop = await api.create('noop', { word: 'pelican' }, { tags: ['blue'] });
  const sleep = await api.create('sleep', ...failing);
  await api.reach(noop.id, 'completed');
  await api.reach(sleep.id, 'failed');
  await page.goto('/tasks');
  await page.getByRole('combobox', { name: 'Type', exact: true }).selectOption('noop');
  await expect(page).toHaveURL(/type=noop/);
  await expect(rowOf(page, sleep)).toHaveCount(0);
  await expect(rowOf(page, noop)).toBeVisible();
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Type', exact: true })).toHaveValue('noop');
  await expect(rowOf(page, sleep)).toHaveCount(0);
  await page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Failed' }).click();
  await expect(page.getByText('No tasks match.')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/tasks$/);
  await expect(rowOf(page, sleep)).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search' }).fill('pelican');
  await expect(rowOf(page, sleep)).toHaveCount(0);
  await expect(rowOf(page, noop)).toBeVisible();
  await page.goto('/tasks?tag=blue');
  await expect(page.locator('tbody tr')).toHaveCount(1);
});

test('a long list comes in pages', async ({ page, api }) => {
  for (let n = 0; n < 23; n++) await api.create('noop', { n }, { delaySeconds: 3600 });
  await page.goto('/tasks');
  await expect(page.locator('tbody tr')).toHaveCount(20);
  await expect(page.getByText('23 tasks')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.locator('tbody tr')).toHaveCount(3);
  await page.goBack();
  await expect(page.locator('tbody tr')).toHaveCount(20);
  await page.getByRole('combobox', { name: 'Tasks per page' }).selectOption('50');
  await expect(page.locator('tbody tr')).toHaveCount(23);
});

test('cancelling a waiting task asks first, then the list is up to date', async ({ page, api }) => {
  const task = await api.create('noop', {}, { delaySeconds: 3600 });
  await page.goto('/tasks');
  const row = rowOf(page, task);
  await row.getByRole('button', { name: /^Cancel/ }).click();
  const question = page.getByRole('dialog', { name: 'Cancel this task?' });
  await question.getByRole('button', { name: 'Keep it' }).click();
  await expect(question).toBeHidden();
  await expect(row).toContainText('Pending');
  await row.getByRole('button', { name: /^Cancel/ }).click();
  await question.getByRole('button', { name: 'Cancel task' }).click();
  await expect(row).toContainText('Cancelled');
  await api.reach(task.id, 'cancelled');
});

test('cancelling a running task asks it to stop', async ({ page, api }) => {
  const task = await api.create('sleep', { seconds: 600 });
  await page.goto('/tasks');
  const row = rowOf(page, task);
  await expect(row).toContainText('Running');
  await row.getByRole('button', { name: /^Cancel/ }).click();
  const question = page.getByRole('dialog', { name: 'Cancel this task?' });
  await expect(question).toContainText('asked to stop');
  await question.getByRole('button', { name: 'Cancel task' }).click();
  await expect(row).toContainText('Cancelled');
});

test('retrying a failed task puts it back into the queue', async ({ page, api }) => {
  const task = await api.create('sleep', { seconds: 0, failTimes: 1 }, { maxRetries: 0 });
  await api.reach(task.id, 'failed');
  await page.goto('/tasks');
  const row = rowOf(page, task);
  await expect(row).toContainText('Failed');
  const answered = page.waitForResponse((response) => response.url().endsWith(`/api/tasks/${task.id}/retry`));
  await row.getByRole('button', { name: /^Retry/ }).click();
  expect(((await (await answered).json()) as { status: string; retryCount: number })).toMatchObject({ status: 'pending', retryCount: 0 });
  const { events } = (await (await page.request.get(`/api/tasks/${task.id}/events`)).json()) as { events: { event: string }[] };
  expect(events.map((event) => event.event)).toContain('task:retrying');
});

test('many are cancelled and retried at once', async ({ page, api }) => {
  const tasks = [];
  for (let n = 0; n < 3; n++) tasks.push(await api.create('noop', { n }, { delaySeconds: 3600 }));
  await page.goto('/tasks');
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel selected' }).click();
  await page.getByRole('dialog', { name: 'Cancel 3 tasks?' }).getByRole('button', { name: 'Cancel task' }).click();
  await expect(page.getByText('3 done, 0 refused')).toBeVisible();
  for (const task of tasks) await expect(rowOf(page, task)).toContainText('Cancelled');
  await page.getByRole('button', { name: 'Retry selected' }).click();
  for (const task of tasks) await expect(rowOf(page, task)).not.toContainText('Cancelled');
});

test.describe('an admin', () => {
  test.use({ roles: ['admin'] });

  test('sees everybody’s tasks when asked, live', async ({ page, api, browser, baseURL }) => {
    await api.create('noop', {});
    const other = await browser.newContext({ baseURL: baseURL ?? '' });
    await other.request.post('/.auth/login/dev', { headers, data: { user: 'somebody', roles: [] } });
    const create = async (): Promise<{ id: string }> =>
      (await (await other.request.post('/api/tasks', { headers, data: { type: 'sleep', payload: { seconds: 3 } } })).json()) as { id: string };
    const before = await create();
    await page.goto('/tasks');
    await expect(page.locator('tbody tr')).toHaveCount(1);
    await page.getByRole('switch', { name: 'Everybody’s tasks' }).check();
    await expect(page).toHaveURL(/owner=all/);
    await expect(rowOf(page, before as never)).toContainText('somebody');
    const after = await create();
    await expect(rowOf(page, after as never)).toContainText('Running');
    await rowOf(page, after as never).getByRole('link').click();
    await expect(page.getByRole('dialog')).toContainText('somebody');
    await other.close();
  });
});

test('who is no admin is not asked', async ({ page, api }) => {
  await api.create('noop', {});
  await page.goto('/tasks');
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await expect(page.getByRole('switch')).toHaveCount(0);
});
