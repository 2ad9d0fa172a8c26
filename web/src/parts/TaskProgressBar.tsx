import type { Task } from '../api/types';
import { useText } from '../i18n';
import styles from './TaskProgressBar.module.css';

/** How far a task is; nothing for one that has not begun to say. */
export function TaskProgressBar({ task, withMessage = false }: { task: Task; withMessage?: boolean }) {
  const t = useText();
  if (!task.progress && task.status !== 'running' && task.status !== 'completed') return <span className="dimmed">–</span>;
  // A handler need not have said so: what is completed is done.
  const percent = task.status === 'completed' ? 100 : Math.round(task.progress?.percent ?? 0);
  return (
    <div className={styles.line}>
      <progress className={styles.bar} data-status={task.status} max={100} value={percent} aria-label={t('progress')} />
      <span className={styles.percent}>{percent} %</span>
      {withMessage && task.progress?.message && <span className="dimmed small">{task.progress.message}</span>}
    </div>
  );
}
