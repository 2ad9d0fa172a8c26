import { useEffect, useId, useState } from 'react';
import type { Task, TaskEvent } from '../api/types';
import { useFormats, useText } from '../i18n';
import { useNow, watchClock } from '../stores/clock';
import { Moment } from './Moment';
import { Said } from './Said';
import { shares, timeline, type Segment } from './timeline';
import styles from './Timeline.module.css';

const unfinished = (task: Task): boolean => task.status === 'pending' || task.status === 'running';

/** Of a task that was tried very often only the newest attempts are listed at first. */
const listedFirst = 12;

/** The task's life as a picture, and as a list: newest first, so that what happens now is in sight. */
export function Timeline({ task, events }: { task: Task; events: readonly TaskEvent[] }) {
  const t = useText();
  const id = useId();
  const ticking = unfinished(task);
  useEffect(() => (ticking ? watchClock() : undefined), [ticking]);
  const now = useNow((at) => (ticking ? at : 0));
  const [whole, setWhole] = useState(false);
  const segments = timeline(task, events, now);
  const newest = segments.toReversed();
  const listed = whole ? newest : newest.slice(0, listedFirst);
  return (
    <section aria-labelledby={id} className="stack tight">
      <h3 id={id}>{t('timeline')}</h3>
      <Picture segments={segments} />
      <ol className={styles.list} aria-labelledby={id}>
        {listed.map((segment, index) => <Item key={segments.length - index} segment={segment} />)}
      </ol>
      {listed.length < newest.length && (
        <button type="button" className={styles.more} onClick={() => { setWhole(true); }}>{t('showAll', { n: newest.length })}</button>
      )}
    </section>
  );
}

function Picture({ segments }: { segments: readonly Segment[] }) {
  const widths = shares(segments);
  const starts = widths.map((_, index) => widths.slice(0, index).reduce((sum, one) => sum + one, 0));
  return (
    <svg className={styles.picture} aria-hidden width="100%" height="24">
      <rect className={styles.ground} width="100%" height="24" rx="5" />
      {segments.map((segment, index) => (
        <rect
          key={index}
          className={styles.segment}
          data-stage={segment.stage}
          data-end={segment.end}
          x={`${100 * (starts[index] ?? 0)}%`}
          y="0"
          height="24"
          width={`${100 * (widths[index] ?? 0)}%`}
        />
      ))}
    </svg>
  );
}

function Item({ segment }: { segment: Segment }) {
  const t = useText();
  const { span } = useFormats();
  const { stage, attempt, end, worker, error, from, to } = segment;
  const name = stage === 'attempt' ? t('attempt', { n: attempt ?? 1 }) : t(`stage.${stage}`);
  const ending = stage !== 'attempt' ? '' : t(end === undefined ? 'status.running' : end === 'released' ? 'released' : end === 'lost' ? 'lost' : `status.${end}`);
  return (
    <li className={styles.item} data-stage={stage} data-end={end}>
      <span className={styles.key} aria-hidden />
      <span className={styles.what}><strong className={styles.stage}>{name}</strong> <span className={styles.ending}>{ending}</span></span>
      <span className={styles.length}>{span(to - from)}</span>
      <Moment at={from} />
      {worker && <span className={`dimmed small ${styles.below}`}>{t('worker')}: <Said className="mono">{worker}</Said></span>}
      {error && <ErrorText code={error.code} message={error.message} />}
    </li>
  );
}

/** A message longer than this is cut until somebody wants the whole of it. */
const longest = 300;

function ErrorText({ code, message }: { code: string; message: string }) {
  const t = useText();
  const [whole, setWhole] = useState(false);
  const cut = !whole && message.length > longest;
  return (
    <div className={`small ${styles.below} ${styles.error}`}>
      <span className="mono">{code}</span>: <Said>{cut ? `${message.slice(0, longest)}…` : message}</Said>
      {cut && <> <button type="button" className={styles.more} onClick={() => { setWhole(true); }}>{t('showWhole')}</button></>}
    </div>
  );
}
