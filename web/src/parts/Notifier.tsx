import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import type { TaskEvent } from '../api/types';
import { text } from '../i18n';
import { useLive } from '../stores/live';
import { usePreferences } from '../stores/preferences';

/** How long a tab keeps the claim on an event: longer than any other tab's delay in hearing of it. */
const claimMs = 10_000;

/**
 * The one place that makes browser notifications: when a task of the user's own ends, in one tab only, whichever heard of
 * it first. Clicking one opens the task.
 */
export function Notifier({ ids }: { ids: readonly string[] }) {
  const navigate = useNavigate();
  useEffect(
    () => useLive.getState().listen((events) => {
      if (!('Notification' in window) || Notification.permission !== 'granted') return;
      for (const event of events) {
        if (!ids.includes(event.createdBy) || (event.event !== 'task:completed' && event.event !== 'task:failed')) continue;
        void inOneTab(`tasklane ${event.id} ${event.version}`, () => {
          show(event, () => void navigate(`/tasks/${event.id}`));
        });
      }
    }),
    [ids, navigate],
  );
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

function show(event: TaskEvent, open: () => void): void {
  const failed = event.event === 'task:failed';
  const title = text(usePreferences.getState().language, failed ? 'notifyFailed' : 'notifyCompleted');
  const error = event.changed.error;
  const body = failed && error ? `${error.code}: ${error.message}` : summary(event);
  // The same tag again replaces the notification instead of adding one.
  const notification = new Notification(title, { body: body.slice(0, 200), tag: `${event.id} ${event.version}`, icon: '/icon.svg' });
  notification.onclick = () => {
    window.focus();
    open();
    notification.close();
  };
}

const summary = ({ id, changed }: TaskEvent): string =>
  changed.resultSummary ?? (changed.result === undefined || changed.result === null ? id : JSON.stringify(changed.result));
