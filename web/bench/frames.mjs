// How smooth the task page stays under a storm of events: a page of a hundred tasks of the real app in a real browser, and
// 500 events a second for 30 s put into its hub connection. Prints every frame longer than 100 ms.
// Usage: node bench/frames.mjs URL [EVENTS-PER-SECOND] [SECONDS]   (URL of a running ./dev run; leaves its tasks there)
import { chromium } from '@playwright/test';

const [url, perSecond = 500, seconds = 30] = [process.argv[2], ...process.argv.slice(3).map(Number)];
if (!url) throw new Error('Usage: node bench/frames.mjs URL [EVENTS-PER-SECOND] [SECONDS]');
const every = 20;
const names = ['task:started', 'task:progress', 'task:progress', 'task:progress', 'task:completed', 'task:created'];

const browser = await chromium.launch({ executablePath: process.env.TASKLANE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
let hub;
await page.routeWebSocket(/\/client\//, (socket) => {
  hub = socket;
  socket.connectToServer();
});
const user = `frames-${Date.now()}`;
await page.request.post(`${url}/.auth/login/dev`, { headers: { 'Sec-Fetch-Site': 'same-origin' }, data: { user, roles: [] } });
const ids = [];
for (let n = 0; n < 100; n++) {
  const answer = await page.request.post(`${url}/api/tasks`, { headers: { 'Sec-Fetch-Site': 'same-origin' }, data: { type: 'noop', payload: { n }, delaySeconds: 86_000 } });
  ids.push((await answer.json()).id);
}
await page.goto(`${url}/tasks?pageSize=100`);
await page.getByText('Live', { exact: true }).waitFor();
await page.locator('tbody tr').nth(99).waitFor();
await page.evaluate(() => {
  window.frames100 = { count: 0, longest: 0, over: [], tasks: 0 };
  let last = performance.now();
  const frame = (now) => {
    const gap = now - last;
    last = now;
    window.frames100.count++;
    window.frames100.longest = Math.max(window.frames100.longest, gap);
    if (gap > 100) window.frames100.over.push(Math.round(gap));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => { window.frames100.tasks += list.getEntries().filter((entry) => entry.duration > 100).length; }).observe({ type: 'longtask' });
});

let sent = 0;
const versions = new Map();
const message = () => {
  const event = names[sent % names.length];
  const id = event === 'task:created' ? `new-${sent}` : ids[(sent * 7) % ids.length];
  sent++;
  const version = (versions.get(id) ?? 1) + 1;
  versions.set(id, version);
  const changed = {
    'task:created': { type: 'noop', status: 'pending', priority: 'normal', source: 'http' },
    'task:started': { status: 'running', startedAt: new Date().toISOString(), attempt: 1 },
    'task:progress': { progress: { current: sent % 100, total: 100, percent: sent % 100, message: `${sent}` } },
    'task:completed': { status: 'completed', completedAt: new Date().toISOString(), result: { n: sent } },
  }[event];
  return `${JSON.stringify({ type: 1, target: event, arguments: [{ id, version, event, at: new Date().toISOString(), createdBy: user, changed }] })}\u001e`;
};
const begin = performance.now();
await new Promise((resolve) => {
  const timer = setInterval(() => {
    const elapsed = performance.now() - begin;
    if (elapsed >= seconds * 1000) {
      clearInterval(timer);
      resolve();
      return;
    }
    const due = Math.floor((elapsed / 1000) * perSecond) - sent;
    if (due > 0) hub.send(Array.from({ length: due }, message).join(''));
  }, every);
});
const measured = await page.evaluate(() => window.frames100);
console.log(JSON.stringify({
  events: sent,
  perSecond: Math.round(sent / seconds),
  frames: measured.count,
  framesPerSecond: Math.round(measured.count / seconds),
  longestMs: Math.round(measured.longest),
  over100ms: measured.over,
  scriptTasksOver100ms: measured.tasks,
}, null, 2));
await browser.close();
