import { pause, type Request } from './request.ts';
import { hasEnded, isEnd, type Task, type TaskEvent, type TaskLogLine } from './tasks.ts';
import type { Live } from './live.ts';

const eventsAtOnce = 500;
const linesAtOnce = 200;
const firstPoll = 100;

/** How often somebody looks although live events come. */
const lookAnyway = 5_000;

export interface Follow {
  events: (id: string, after: number, signal?: AbortSignal) => AsyncGenerator<TaskEvent, void, undefined>;
  logs: (id: string, level: TaskLogLine['level'] | undefined, follow: boolean, signal?: AbortSignal) => AsyncGenerator<TaskLogLine, void, undefined>;
}

/**
 * A task's changes and log lines as they come. Changes are those that the service keeps, in their order, each once: what the live hub
 * brings is taken as it is when it is the very next, and is fetched otherwise.
 */
export function following(request: Request, live: Live | undefined, longestPoll: number): Follow {
  const get = (id: string, signal?: AbortSignal) => request<Task>(`api/tasks/${encodeURIComponent(id)}`, call(signal));

  async function* events(id: string, after: number, signal?: AbortSignal): AsyncGenerator<TaskEvent, void, undefined> {
    const follower = live?.follow(id);
    let poll = firstPoll;
    try {
      for (let isFirst = true; ; isFirst = false) {
        const path = `api/tasks/${encodeURIComponent(id)}/events`;
        const { events: fetched } = await request<{ events: TaskEvent[] }>(path, { ...call(signal), query: { after, limit: eventsAtOnce } });
        for (const event of fetched) {
          after = event.version;
          poll = firstPoll;
          yield event;
        }
        const last = fetched.at(-1);
        if (last && isEnd(last)) return;
        if (fetched.length === eventsAtOnce) continue;
        if (isFirst && !last) {
          // Nothing more may come: it had ended with what the caller has already.
          const task = await get(id, signal);
          if (hasEnded(task) && task.version <= after) return;
        }
        for (;;) {
          const event = follower ? await follower.next(live?.connected ? lookAnyway : poll, signal) : await pause(poll, signal);
          if (event && event.version <= after) continue;
          if (!event || event.version > after + 1) break;
          after = event.version;
          poll = firstPoll;
          yield event;
          if (isEnd(event)) return;
        }
        poll = Math.min(poll * 1.5, longestPoll);
      }
    } finally {
      follower?.stop();
    }
  }

  async function* logs(id: string, level: TaskLogLine['level'] | undefined, follow: boolean, signal?: AbortSignal): AsyncGenerator<TaskLogLine, void, undefined> {
    let [start, given, poll] = [0, 0, firstPoll];
    let last = '';
    for (;;) {
      // Asked before the lines are: what a task logged before it ended is then among them.
      const isLastLook = !follow || hasEnded(await get(id, signal));
      for (let isMore = true; isMore;) {
        const { logs: lines, total } = await request<{ logs: TaskLogLine[]; total: number }>(
          `api/tasks/${encodeURIComponent(id)}/logs`, { ...call(signal), query: { level, page: start / linesAtOnce + 1, pageSize: linesAtOnce } });
        const texts = lines.map((line) => JSON.stringify(line));
        let skip = given - start;
        // A long log loses lines in its middle: what was given last then stands further up than it did.
        if (skip > 0 && texts[skip - 1] !== last) skip = texts.lastIndexOf(last) + 1;
        for (const line of lines.slice(skip)) {
          poll = firstPoll;
          yield line;
        }
        last = texts.at(-1) ?? last;
        given = start + lines.length;
        isMore = lines.length === linesAtOnce && total > given;
        if (isMore) start = given;
      }
      if (isLastLook) return;
      await pause(poll, signal);
      poll = Math.min(poll * 1.5, longestPoll);
    }
  }

  return { events, logs };
}

const call = (signal?: AbortSignal) => (signal ? { signal } : {});
