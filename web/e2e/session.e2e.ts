import { expect, headers, rowOf, test } from './fixtures';

test('a session that ends takes the rows and the green light with it', async ({ page, api }) => {
  const task = await api.create('noop', {}, { delaySeconds: 3600 });
  await page.goto('/tasks');
  await expect(rowOf(page, task)).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Failed' }).click();
  await expect(page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Sign in' })).toHaveAttribute('href', /redirect_uri=%2Ftasks%3Fstatus%3Dfailed/);
  await expect(page.locator('tbody tr')).toHaveCount(0);
  await expect(page.getByText('Live', { exact: true })).toHaveCount(0);
});

test('the language follows across tabs', async ({ page, context }) => {
  const second = await context.newPage();
  await page.goto('/tasks');
  await second.goto('/schedules');
  await page.getByRole('button', { name: '中文' }).click();
  await expect(second.getByRole('heading', { name: '定时计划', level: 1 })).toBeVisible();
});

test.describe('an admin', () => {
  test.use({ roles: ['admin'] });

  test('opens anybody’s task by its address, asked for once, live', async ({ page, browser, baseURL }) => {
    const other = await browser.newContext({ baseURL: baseURL ?? '' });
    await other.request.post('/.auth/login/dev', { headers, data: { user: 'somebody-else', roles: [] } });
    const task = (await (await other.request.post('/api/tasks', { headers, data: { type: 'sleep', payload: { seconds: 600 } } })).json()) as { id: string; status: string };
    const asked: string[] = [];
    page.on('response', (response) => { if (response.url().includes(`/api/tasks/${task.id}?`)) asked.push(`${response.status()}`); });
    await page.goto(`/tasks/${task.id}`);
    const dialog = page.getByRole('dialog', { name: /Task details: sleep/ });
    await expect(dialog).toContainText('somebody-else');
    expect(asked).not.toContain('404');
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(page).toHaveTitle(/^sleep …\w{8} – Tasklane$/);
    await other.request.post(`/api/tasks/${task.id}/cancel`, { headers });
    await expect(dialog.locator('[data-status="cancelled"]').first()).toBeVisible();

    await page.goto('/tasks?owner=somebody-else');
    await expect(rowOf(page, task)).toBeVisible();
    await expect(page.locator('tbody tr')).toHaveCount(1);
    await other.close();
  });
});
