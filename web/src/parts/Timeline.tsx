import { useEffect, useId, useState } from 'react';
import type { Task, TaskEvent } from '../api/types';
import { useFormats, useText } from '../i18n';
import { Moment } from './Moment';
import { timeline, type Segment } from './timeline';
import styles from './Timeline.module.css';

const unfinished = (task: Task): boolean => task.status === 'pending' || task.status === 'running';

/** The task's life as a picture, and the same as a list. */
export function Timeline({ task, events }: { task: Task; events: readonly TaskEvent[] }) {
  const t = useText();
  const { span } = useFormats();
  const id = useId();
  const now = useNow(unfinished(task));
  const segments = timeline(task, events, now);
  const begin = segments[0]?.from ?? task.createdAt;
  const length = Math.max(1, (segments.at(-1)?.to ?? begin) - begin);
  const name = (segment: Segment): string =>
    segment.stage === 'attempt' ? t('attempt', { n: segment.attempt ?? 1 }) : t(segment.stage);
  const ending = (segment: Segment): string => {
    if (segment.stage !== 'attempt') return '';
    return segment.end === undefined ? t('status.running') : segment.end === 'released' ? t('released') : t(`status.${segment.end}`);
  };
  return (
    <section aria-labelledby={id} className="stack tight">
      <h3 id={id}>{t('timeline')}</h3>
      <svg className={styles.picture} aria-hidden width="100%" height="24">
        <rect className={styles.ground} width="100%" height="24" rx="5" />
        {segments.map((segment) => (
          <rect
            key={`${segment.stage} ${segment.from}`}
            className={styles.segment}
            data-stage={segment.stage}
            data-end={segment.end}
            x={`${(100 * (segment.from - begin)) / length}%`}
            y="0"
            height="24"
            // Hair-thin stretches stay visible.
            width={`${Math.max(0.6, (100 * (segment.to - segment.from)) / length)}%`}
          />
        ))}
      </svg>
      <ol className={styles.list} tabIndex={0} aria-labelledby={id}>
        {segments.map((segment) => (
          <li key={`${segment.stage} ${segment.from}`} className={styles.item} data-stage={segment.stage} data-end={segment.end}>
            <span className={styles.key} aria-hidden />
            <span><strong className={styles.stage}>{name(segment)}</strong> {ending(segment)}</span>
            <span className={styles.length}>{span(segment.to - segment.from)}</span>
            <Moment at={segment.from} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Now, each second, as long as that is needed. */
function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => { setNow(Date.now()); }, 1_000);
    return () => { clearInterval(timer); };
  }, [ticking]);
  return now;
}
