import type { Task } from '../api/types';
import { useFormats, useText } from '../i18n';
import { useNow } from '../stores/clock';
import { waitOf } from './waits';

/** Why a task does not go on at the moment, and until when; nothing for one that does, or has ended. */
export function WaitText({ task }: { task: Task }) {
  const t = useText();
  const { short } = useFormats();
  const words = useNow((now) => {
    const wait = waitOf(task, now);
    if (!wait) return '';
    switch (wait.why) {
      case 'lane': return t('waitLane');
      case 'after': return t('waitAfter');
      case 'children': return t('waitChildren');
      case 'delayed': return t('waitDelayed', { span: short(wait.until - now) });
      case 'backoff': return t('waitBackoff', { span: short(wait.until - now) });
    }
  });
  return words && <span className="dimmed small">{words}</span>;
}

/** How long ago, in words that change no more often than they must; the time itself is under the pointer. */
export function Age({ at }: { at: number }) {
  const { short, time } = useFormats();
  const age = useNow((now) => short(now - at));
  return <time className="dimmed nowrap" dateTime={new Date(at).toISOString()} title={time(at)}>{age}</time>;
}

/** How long something took, or has taken so far. */
export function Took({ from, to }: { from: number; to: number | undefined }) {
  const { span, short } = useFormats();
  const length = useNow((now) => (to === undefined ? short(now - from) : span(to - from)));
  return <span className="nowrap">{length}</span>;
}
