import type { Task } from '../api/types';
import { useFormats, useText, type TextKey } from '../i18n';
import { useNow } from '../stores/clock';
import { Said } from './Said';
import styles from './TaskFacts.module.css';
import { lastAttempt } from './waits';

const sources: Record<string, TextKey> = {
  http: 'source.http', queue: 'source.queue', blob: 'source.blob', bulk: 'source.bulk', task: 'source.task', logs: 'source.logs',
  schedule: 'source.schedule', stream: 'source.stream', timer: 'source.timer',
};

/** Everything about a task that fits on a line. */
export function TaskFacts({ task }: { task: Task }) {
  const t = useText();
  const { time, span } = useFormats();
  const end = task.completedAt ?? task.cancelledAt;
  const last = lastAttempt(task);
  const isDue = useNow((now) => task.runAt === null || task.runAt <= now);
  const source = sources[task.source];
  const facts: [string, string | null][] = [
    [t('priority'), t(`priority.${task.priority}`)],
    [t('created'), time(task.createdAt)],
    // What was once too early for is nobody's concern any more.
    [t('runsAt'), task.runAt !== null && task.status === 'pending' && !isDue ? time(task.runAt) : null],
    [t(task.attempt > 1 ? 'lastStarted' : 'started'), task.startedAt === null ? null : time(task.startedAt)],
    [t('ended'), end === null ? null : time(end)],
    [t(task.attempt > 1 ? 'lastTook' : 'duration'), last?.to === undefined ? null : span(last.to - last.from)],
    [t('inAll'), end === null ? null : span(end - task.createdAt)],
    [t('owner'), task.createdBy],
    [t('source'), source ? t(source) : task.source],
    [t('retries'), t('ofMost', { n: task.retryCount, m: task.maxRetries })],
    [t('retryPolicy'), t('backoffText', { kind: t(`backoff.${task.backoff.kind}`), delay: span(task.backoff.delaySeconds * 1000), most: span(task.backoff.maxDelaySeconds * 1000) })],
    [t('timeout'), span(task.timeoutSeconds * 1000)],
    [t('worker'), task.worker],
    [t('tags'), task.tags.join(', ') || null],
    [t('version'), t('n', { n: task.version })],
  ];
  return (
    <dl className={styles.facts}>
      <div className={styles.fact} data-wide><dt>{t('id')}</dt><dd>{task.id}</dd></div>
      {facts.filter(([, value]) => value !== null).map(([name, value]) => (
        <div key={name} className={styles.fact}><dt>{name}</dt><dd><Said>{value ?? ''}</Said></dd></div>
      ))}
    </dl>
  );
}
