import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { getTask } from '../api/tasks';
import type { TaskEvent } from '../api/types';
import { text } from '../i18n';
import { useLive } from '../stores/live';
import { usePreferences } from '../stores/preferences';
import { useTasks } from '../stores/tasks';
import { plain } from './plain';

/** How long a tab keeps the claim on an event: longer than any other tab's delay in hearing of it. */
const claimMs = 10_000;
/** What ends within this time is told of together. */
const gatherMs = 1_500;
/** More than this many at once are one notification. */
const most = 3;

/**
 * The one place that makes browser notifications: when a task of the user's own ends, in one tab only, whichever heard of
 * it first. Clicking one opens the task.
 */
export function Notifier({ ids }: { ids: readonly string[] }) {
  const navigate = useNavigate();
  useEffect(() => {
    let ended: TaskEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      const events = ended;
      ended = [];
      timer = undefined;
      if (events.length > most) showMany(events, () => void navigate('/tasks'));
      else for (const event of events) void show(event, () => void navigate(`/tasks/${event.id}`));
    };
    const stop = useLive.getState().listen((events) => {
      if (!('Notification' in window) || Notification.permission !== 'granted') return;
      for (const event of events) {
        if (!ids.includes(event.createdBy) || (event.event !== 'task:completed' && event.event !== 'task:failed')) continue;
        void inOneTab(`tasklane ${event.id} ${event.version}`, () => {
          ended.push(event);
          timer ??= setTimeout(tell, gatherMs);
        });
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [ids, navigate]);
  return null;
}

async function inOneTab(name: string, run: () => void): Promise<void> {
  // Only a secure origin has locks, and only there are there notifications.
  await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    run();
    await new Promise((resolve) => setTimeout(resolve, claimMs));
  });
}

async function show(event: TaskEvent, open: () => void): Promise<void> {
  const { language } = usePreferences.getState();
  const failed = event.event === 'task:failed';
  const error = event.changed.error;
  const lines = [`${await typeOf(event.id)} …${event.id.slice(-8)}`];
  if (failed && error) lines.push(`${error.code}: ${error.message}`);
  // The same tag again replaces the notification instead of adding one.
  notify(text(language, failed ? 'notifyFailed' : 'notifyCompleted'), lines.join('\n'), `${event.id} ${event.version}`, open);
}

function showMany(events: readonly TaskEvent[], open: () => void): void {
  const { language } = usePreferences.getState();
  const failed = events.filter((event) => event.event === 'task:failed').length;
  notify(text(language, 'notifyMany', { n: events.length }), text(language, 'notifyManyBody', { ok: events.length - failed, failed }), 'tasklane many', open);
}

function notify(title: string, body: string, tag: string, open: () => void): void {
  const notification = new Notification(title, { body: plain(body).slice(0, 200), tag, icon: '/icon.svg' });
  notification.onclick = () => {
    window.focus();
    open();
    notification.close();
  };
}

/** Events of an end do not name the type. */
async function typeOf(id: string): Promise<string> {
  const known = useTasks.getState().tasks.find((task) => task.id === id);
  return known?.type ?? (await getTask(id, undefined).then((task) => task.type, () => ''));
}
