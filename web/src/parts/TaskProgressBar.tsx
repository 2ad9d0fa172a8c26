import type { Task } from '../api/types';
import { useMessages, useText } from '../i18n';
import { Said } from './Said';
import styles from './TaskProgressBar.module.css';

/** How far a task is; nothing for one that has not begun to say. What went wrong is not measured: its bar would be full of red. */
export function TaskProgressBar({ task, withMessage = false }: { task: Task; withMessage?: boolean }) {
  const t = useText();
  const said = useMessages();
  if (!task.progress && task.status !== 'running' && task.status !== 'completed') return <span className="dimmed">–</span>;
  // A handler need not have said so: what is completed is done.
  const percent = task.status === 'completed' ? 100 : Math.round(task.progress?.percent ?? 0);
  const message = withMessage && task.progress?.message ? <Said className="dimmed small">{said(task.progress.message)}</Said> : null;
  if (task.status === 'failed' || task.status === 'cancelled')
    return <div className={styles.line}><span className="dimmed small">{t('endedAt', { percent: `${percent} %` })}</span>{message}</div>;
  return (
    <div className={styles.line}>
      <progress className={styles.bar} data-status={task.status} max={100} value={percent} aria-label={t('progress')} />
      <span className={styles.percent}>{percent} %</span>
      {message}
    </div>
  );
}
