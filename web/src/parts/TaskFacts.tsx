import type { Task } from '../api/types';
import { useFormats, useText } from '../i18n';
import styles from './TaskFacts.module.css';

/** Everything about a task that fits on a line. */
export function TaskFacts({ task }: { task: Task }) {
  const t = useText();
  const { time, span } = useFormats();
  const end = task.completedAt ?? task.cancelledAt;
  const facts: [string, string | null][] = [
    [t('id'), task.id],
    [t('priority'), t(`priority.${task.priority}`)],
    [t('created'), time(task.createdAt)],
    [t('runsAt'), task.runAt === null ? null : time(task.runAt)],
    [t('started'), task.startedAt === null ? null : time(task.startedAt)],
    [t('ended'), end === null ? null : time(end)],
    [t('duration'), end !== null && task.startedAt !== null && end >= task.startedAt ? span(end - task.startedAt) : null],
    [t('owner'), task.createdBy],
    [t('source'), task.source],
    [t('retries'), `${task.retryCount} / ${task.maxRetries}`],
    [t('backoff'), t('backoffText', { kind: t(`backoff.${task.backoff.kind}`), delay: span(task.backoff.delaySeconds * 1000), most: span(task.backoff.maxDelaySeconds * 1000) })],
    [t('timeout'), span(task.timeoutSeconds * 1000)],
    [t('worker'), task.worker],
    [t('tags'), task.tags.join(', ') || null],
    [t('version'), String(task.version)],
  ];
  return (
    <dl className={styles.facts}>
      {facts.filter(([, value]) => value !== null).map(([name, value]) => (
        <div key={name} className={styles.fact} data-wide={value === task.id || undefined}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}
