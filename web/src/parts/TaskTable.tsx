import { memo } from 'react';
import type { Task, TaskStatus } from '../api/types';
import { useText } from '../i18n';
import { Moment } from './Moment';
import { StatusLabel } from './StatusLabel';
import { TaskProgressBar } from './TaskProgressBar';
import styles from './TaskTable.module.css';

export interface RowActions {
  /** Where a task's details are. */
  href: (id: string) => string;
  open: (id: string) => void;
  choose: (id: string, chosen: boolean) => void;
  cancel: (id: string) => void;
  retry: (id: string) => void;
}

interface Props {
  tasks: readonly Task[];
  chosen: ReadonlySet<string>;
  chooseAll: (chosen: boolean) => void;
  withOwner: boolean;
  actions: RowActions;
}

export function TaskTable({ tasks, chosen, chooseAll, withOwner, actions }: Props) {
  const t = useText();
  const count = tasks.filter((task) => chosen.has(task.id)).length;
  return (
    <div className={`card ${styles.frame}`}>
      <table className={styles.table}>
        <caption className={styles.caption}>{t('tasks')}</caption>
        <thead>
          <tr>
            <th scope="col" className={styles.choice}>
              <input
                type="checkbox"
                aria-label={t('selectAll')}
                ref={(box) => { if (box) box.indeterminate = count > 0 && count < tasks.length; }}
                checked={count > 0 && count === tasks.length}
                onChange={(event) => { chooseAll(event.currentTarget.checked); }}
              />
              <span className={styles.all} aria-hidden>{t('selectAll')}</span>
            </th>
            <th scope="col" className={styles.status}>{t('status')}</th>
            <th scope="col">{t('type')}</th>
            <th scope="col" className={styles.progress}>{t('progress')}</th>
            <th scope="col" className={styles.wide}>{t('priority')}</th>
            {withOwner && <th scope="col" className={`${styles.wide} ${styles.owner}`}>{t('owner')}</th>}
            <th scope="col" className={styles.created}>{t('created')}</th>
            <th scope="col" className={styles.actions}><span className={styles.hidden}>{t('actions')}</span></th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => <TaskRow key={task.id} task={task} chosen={chosen.has(task.id)} withOwner={withOwner} actions={actions} />)}
        </tbody>
      </table>
    </div>
  );
}

const TaskRow = memo(function TaskRow({ task, chosen, withOwner, actions }: { task: Task; chosen: boolean; withOwner: boolean; actions: RowActions }) {
  const t = useText();
  const short = task.id.slice(-8);
  return (
    <tr data-chosen={chosen || undefined} data-task={task.id} onClick={(event) => { if (!isControl(event.target)) actions.open(task.id); }}>
      <td className={styles.choice}><Choice id={task.id} chosen={chosen} choose={actions.choose} /></td>
      <td className={styles.status}><StatusLabel status={task.status} /></td>
      <td className={styles.type}>
        <a
          href={actions.href(task.id)}
          className={styles.link}
          onClick={(event) => {
            // A new tab stays the browser's business.
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            actions.open(task.id);
          }}
        >
          {task.type} <span className="mono dimmed">…{short}</span>
        </a>
        {task.tags.map((tag) => <span key={tag} className={styles.tag}>{tag}</span>)}
        {task.status === 'failed' && task.error && <div className={styles.error}>{task.error.code}: {task.error.message}</div>}
      </td>
      <td className={styles.progress}><TaskProgressBar task={task} /></td>
      <td className={styles.wide}>{t(`priority.${task.priority}`)}</td>
      {withOwner && <td className={`${styles.wide} ${styles.owner}`}>{task.createdBy}</td>}
      <td className={styles.created}><Moment at={task.createdAt} /></td>
      <td className={styles.actions}>
        <Action id={task.id} status={task.status} stopping={task.status === 'running' && task.cancelRequested} cancel={actions.cancel} retry={actions.retry} />
      </td>
    </tr>
  );
});

// What a row's progress does not change is not rendered with it, and is the browser's own: a hundred rows of the library's
// boxes and buttons, each with layers of their own, were most of the work that many events made.

const Choice = memo(function Choice({ id, chosen, choose }: { id: string; chosen: boolean; choose: RowActions['choose'] }) {
  const t = useText();
  return <input type="checkbox" aria-label={t('selectRow', { id: id.slice(-8) })} checked={chosen} onChange={(event) => { choose(id, event.currentTarget.checked); }} />;
});

const Action = memo(function Action({ id, status, stopping, cancel, retry }: { id: string; status: TaskStatus; stopping: boolean } & Pick<RowActions, 'cancel' | 'retry'>) {
  const t = useText();
  const short = id.slice(-8);
  if (status === 'completed') return null;
  if (status === 'failed' || status === 'cancelled')
    return <button type="button" className={`${styles.action} ${styles.main}`} onClick={() => { retry(id); }} aria-label={`${t('retry')} ${short}`}>{t('retry')}</button>;
  return (
    <button type="button" className={styles.action} disabled={stopping} onClick={() => { cancel(id); }} aria-label={`${t('cancel')} ${short}`}>
      {t(stopping ? 'stopping' : 'cancelShort')}
    </button>
  );
});

const isControl = (target: EventTarget): boolean => target instanceof Element && target.closest('a, button, input, label') !== null;
