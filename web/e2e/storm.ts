import type { Page, WebSocketRoute } from '@playwright/test';

export interface Storm {
  stop: () => void;
  /** How many events have been sent. */
  sent: () => number;
}

/** To be called before the page is opened; answers how to put events about the given tasks into its connection. */
export async function stormOn(page: Page): Promise<(user: string, ids: readonly string[], perSecond: number) => Storm> {
  let hub: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/client\//, (socket) => {
    hub = socket;
    socket.connectToServer();
  });
  return (user, ids, perSecond) => {
    let sent = 0;
    const begin = performance.now();
    const message = (): string => {
      const n = sent++;
      const event = {
        id: ids[n % ids.length], version: 100 + n, event: 'task:progress', at: new Date().toISOString(), createdBy: user,
        changed: { progress: { current: n % 100, total: 100, percent: n % 100, message: String(n) } },
      };
      return `${JSON.stringify({ type: 1, target: event.event, arguments: [event] })}\u001e`;
    };
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begin) / 1000) * perSecond) - sent;
      if (due > 0) hub?.send(Array.from({ length: due }, message).join(''));
    }, 20);
    return { stop: () => { clearInterval(timer); }, sent: () => sent };
  };
}
