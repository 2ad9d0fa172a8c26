import type { WebSocketRoute } from '@playwright/test';
import { expect, headers, rowOf, test } from './fixtures';

test('without the hub the page polls, and says so; it is live again when the hub is', async ({ page, api }) => {
  await page.route('**/api/negotiate*', (route) => route.abort());
  await page.goto('/tasks');
  await expect(page.getByText('Polling', { exact: true })).toBeVisible();
  const task = await api.create('noop', {});
  await expect(rowOf(page, task)).toContainText('Completed');
  await page.unroute('**/api/negotiate*');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
});

test('after a lost connection the page shows what happened meanwhile', async ({ page, api }) => {
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/client\//, (socket) => {
    sockets.push(socket);
    socket.connectToServer();
  });
  const task = await api.create('sleep', { seconds: 600 });
  await page.goto('/tasks');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(rowOf(page, task)).toContainText('Running');

  // From here the hub cannot be reached, and neither can the lists be fetched: nothing can tell the page.
  let back = (): void => undefined;
  const held = new Promise<void>((resolve) => { back = resolve; });
  await page.route('**/api/negotiate*', async (route) => {
    await held;
    await route.continue();
  });
  await sockets[0]?.close({ code: 1011, reason: 'gone' });
  await expect(page.getByText('Reconnecting', { exact: true })).toBeVisible();
  await page.request.post(`/api/tasks/${task.id}/cancel`, { headers });
  await api.reach(task.id, 'cancelled');
  await expect(rowOf(page, task)).toContainText('Running');

  back();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(rowOf(page, task)).toContainText('Cancelled');
});

test('signed out, the page offers to sign in, and comes back to where one was', async ({ page }) => {
  await page.context().clearCookies();
  await page.goto('/tasks?status=failed');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('User').fill('later');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/tasks?status=failed');
  await expect(page.getByText('later')).toBeVisible();
  await page.getByRole('link', { name: 'Sign out' }).click();
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
});
