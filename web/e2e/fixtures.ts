import { expect, test as base, type Page } from '@playwright/test';
import { startApp, type RunningApp } from './app';

interface Task {
  id: string;
  status: string;
}

/** What a test does through the API to have something to look at. */
export interface Api {
  create: (type: string, payload: object, options?: object) => Promise<Task>;
  /** Waits until the app says that the task has the status. */
  reach: (id: string, status: string) => Promise<void>;
}

/** What a browser says of a request that a page of the app makes: without it the session's cookie changes nothing. */
export const headers = { 'Sec-Fetch-Site': 'same-origin' };

let users = 0;

export const test = base.extend<{ api: Api; user: string; roles: string[] }, { app: RunningApp }>({
  app: [
    async ({}, use) => {
      const app = await startApp();
      await use(app);
      await app.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ app }, use) => { await use(app.url); },
  roles: [[], { option: true }],
  // A user of its own for each test: nobody sees the tasks of another.
  user: async ({}, use) => { await use(`user${++users}`); },
  page: async ({ page, user, roles }, use) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => { complaints.push(error.message); });
    page.on('console', (message) => {
      // What the Content-Security-Policy refuses is only ever told here.
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.request.post('/.auth/login/dev', { headers, data: { user, roles } });
    await use(page);
    expect(complaints, 'errors and policy violations on the page').toEqual([]);
  },
  api: async ({ page }, use) => {
    await use({
      create: async (type, payload, options = {}) => {
        const answer = await page.request.post('/api/tasks', { headers, data: { type, payload, ...options } });
        expect(answer.status(), await answer.text()).toBe(202);
        return (await answer.json()) as Task;
      },
      reach: async (id, status) => {
        await expect.poll(async () => ((await (await page.request.get(`/api/tasks/${id}`)).json()) as Task).status, { timeout: 30_000 }).toBe(status);
      },
    });
  },
});

export { expect };

export const rowOf = (page: Page, task: Task) => page.locator(`tr[data-task="${task.id}"]`);

/** Fails, and so ends as failed, at its first attempt. */
export const failing = [{ seconds: 0, failTimes: 9 }, { maxRetries: 0 }] as const;
