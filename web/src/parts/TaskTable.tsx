import { memo, useEffect } from 'react';
import type { Task, TaskStatus } from '../api/types';
import { useText } from '../i18n';
import { watchClock } from '../stores/clock';
import type { Change } from './TaskFilters';
import { Said } from './Said';
import { StatusLabel } from './StatusLabel';
import { TaskProgressBar } from './TaskProgressBar';
import styles from './TaskTable.module.css';
import { lastAttempt, waitOf } from './waits';
import { Age, Took, WaitText } from './WaitText';

export interface RowActions {
  /** Where a task's details are. */
  href: (id: string) => string;
  open: (id: string) => void;
  choose: (id: string, chosen: boolean) => void;
  cancel: (id: string) => void;
  retry: (id: string) => void;
  /** Shows only what has this tag, owner, ... */
  narrow: Change;
}

interface Props {
  tasks: readonly Task[];
  chosen: ReadonlySet<string>;
  chooseAll: (chosen: boolean) => void;
  withOwner: boolean;
  /** Another list is on its way. */
  busy: boolean;
  actions: RowActions;
}

export function TaskTable({ tasks, chosen, chooseAll, withOwner, busy, actions }: Props) {
  const t = useText();
  useEffect(watchClock, []);
  const count = tasks.filter((task) => chosen.has(task.id)).length;
  return (
    <div className={`card ${styles.frame}`} data-busy={busy || undefined} aria-busy={busy}>
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
            {withOwner && <th scope="col" className={styles.owner}>{t('owner')}</th>}
            <th scope="col" className={styles.age}>{t('age')}</th>
            <th scope="col" className={`${styles.wide} ${styles.took}`}>{t('duration')}</th>
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
  const took = lastAttempt(task);
  const waits = waitOf(task, 0) !== undefined;
  return (
    <tr data-chosen={chosen || undefined} data-task={task.id} onClick={(event) => { if (!isControl(event.target) && !isSelecting()) actions.open(task.id); }}>
      <td className={styles.choice}><Choice id={task.id} chosen={chosen} choose={actions.choose} /></td>
      <td className={styles.status}>
        <StatusLabel status={task.status} />
        {task.retryCount > 0 && <span className={`dimmed ${styles.attempt}`}>{t('attemptOf', { n: task.retryCount + 1, m: task.maxRetries + 1 })}</span>}
      </td>
      <td className={styles.type}>
        <Name task={task} actions={actions} />
        {task.tags.length > 0 && <Tags tags={task.tags} narrow={actions.narrow} />}
        {task.status === 'failed' && task.error && (
          <div className={styles.error} title={`${task.error.code}: ${task.error.message}`}><Said>{`${task.error.code}: ${task.error.message}`}</Said></div>
        )}
      </td>
      <td className={styles.progress} data-empty={(!waits && !task.progress && task.status !== 'running' && task.status !== 'completed') || undefined}>
        {task.status === 'pending' ? <WaitText task={task} /> : <TaskProgressBar task={task} />}
        {task.status === 'running' && task.blocked && <WaitText task={task} />}
      </td>
      <td className={styles.wide}>{t(`priority.${task.priority}`)}</td>
      {withOwner && (
        <td className={styles.owner}>
          <button type="button" className={styles.only} title={t('onlyThis', { value: task.createdBy })} onClick={() => { actions.narrow({ owner: task.createdBy }); }}><Said>{task.createdBy}</Said></button>
        </td>
      )}
      <td className={styles.age}><Age at={task.createdAt} /></td>
      <td className={`${styles.wide} ${styles.took}`}>{took && <Took from={took.from} to={took.to} />}</td>
      <td className={styles.actions}>
        <Action id={task.id} status={task.status} stopping={task.status === 'running' && task.cancelRequested} cancel={actions.cancel} retry={actions.retry} />
      </td>
    </tr>
  );
});

function Name({ task: { id, type }, actions }: { task: Task; actions: RowActions }) {
  const t = useText();
  return (
    <div className={styles.name}>
      <a
        href={actions.href(id)}
        className={styles.link}
        title={`${type} ${id}`}
        onClick={(event) => {
          // A new tab stays the browser's business.
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          actions.open(id);
        }}
      >
        <span className={styles.typeName}>{type}</span> <span className="mono dimmed nowrap">…{id.slice(-8)}</span>
      </a>
      <button type="button" className={styles.filter} aria-label={t('onlyThis', { value: type })} title={t('onlyThis', { value: type })} onClick={() => { actions.narrow({ type }); }}>
        <svg width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentcolor" strokeWidth="2" aria-hidden><path d="M4 5h16l-6 8v6l-4-2v-4z" /></svg>
      </button>
    </div>
  );
}

const Tags = memo(function Tags({ tags, narrow }: { tags: readonly string[]; narrow: Change }) {
  const t = useText();
  return (
    <div className={styles.tags}>
      {tags.map((tag) => (
        <button key={tag} type="button" className={styles.tag} title={t('onlyThis', { value: tag })} onClick={() => { narrow({ tag }); }}><Said>{tag}</Said></button>
      ))}
    </div>
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

/** Who drags over a row's text wants to copy it. */
const isSelecting = (): boolean => window.getSelection()?.isCollapsed === false;
