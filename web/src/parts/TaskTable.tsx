import { Button, Checkbox } from '@mantine/core';
import { memo } from 'react';
import type { Task } from '../api/types';
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
  cancel: (task: Task) => void;
  retry: (task: Task) => void;
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
              <Checkbox
                aria-label={t('selectAll')}
                checked={count > 0 && count === tasks.length}
                indeterminate={count > 0 && count < tasks.length}
                onChange={(event) => { chooseAll(event.currentTarget.checked); }}
              />
              <span className={styles.all} aria-hidden>{t('selectAll')}</span>
            </th>
            <th scope="col">{t('status')}</th>
            <th scope="col">{t('type')}</th>
            <th scope="col" className={styles.progress}>{t('progress')}</th>
            <th scope="col" className={styles.wide}>{t('priority')}</th>
            {withOwner && <th scope="col" className={styles.wide}>{t('owner')}</th>}
            <th scope="col" className={styles.created}>{t('created')}</th>
            <th scope="col"><span className={styles.hidden}>{t('actions')}</span></th>
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
  const stopping = task.status === 'running' && task.cancelRequested;
  return (
    <tr data-chosen={chosen || undefined} data-task={task.id} onClick={(event) => { if (!isControl(event.target)) actions.open(task.id); }}>
      <td className={styles.choice}>
        <Checkbox aria-label={t('selectRow', { id: short })} checked={chosen} onChange={(event) => { actions.choose(task.id, event.currentTarget.checked); }} />
      </td>
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
      {withOwner && <td className={styles.wide}>{task.createdBy}</td>}
      <td className={styles.created}><Moment at={task.createdAt} /></td>
      <td className={styles.actions}>
        {(task.status === 'pending' || task.status === 'running') && (
          <Button size="compact-sm" variant="subtle" color="gray" disabled={stopping} onClick={() => { actions.cancel(task); }} aria-label={`${t('cancel')} ${short}`}>
            {t(stopping ? 'stopping' : 'cancelShort')}
          </Button>
        )}
        {(task.status === 'failed' || task.status === 'cancelled') && (
          <Button size="compact-sm" variant="subtle" onClick={() => { actions.retry(task); }} aria-label={`${t('retry')} ${short}`}>{t('retry')}</Button>
        )}
      </td>
    </tr>
  );
});

const isControl = (target: EventTarget): boolean => target instanceof Element && target.closest('a, button, input, label') !== null;
