import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { statuses, type Task } from '../api/types';
import { useText } from '../i18n';
import { childrenShown, useChildren, useTasksById } from '../stores/relatives';
import styles from './Relatives.module.css';
import { Said } from './Said';
import { StatusLabel } from './StatusLabel';
import { TaskProgressBar } from './TaskProgressBar';

/** What a task has to do with others: who made it, what it waits for, what it has made. */
export function Relatives({ task }: { task: Task }) {
  const t = useText();
  const id = useId();
  const waitsFor = task.after?.tasks ?? [];
  const known = useTasksById([...(task.parent ? [task.parent] : []), ...waitsFor]);
  if (!task.parent && waitsFor.length === 0 && !task.hasChildren) return null;
  return (
    <section aria-labelledby={id} className="stack tight">
      <h3 id={id}>{t('relatives')}</h3>
      {task.parent && <><h4 className={styles.heading}>{t('parent')}</h4><ul className={styles.list}><Relative id={task.parent} task={known.get(task.parent)} /></ul></>}
      {task.after && waitsFor.length > 0 && (
        <>
          <h4 className={styles.heading}>{t(task.after.any ? 'afterAny' : 'afterAll')} <span className="dimmed">{t(`onFailure.${task.after.onFailure}`)}</span></h4>
          <ul className={styles.list}>{waitsFor.map((one) => <Relative key={one} id={one} task={known.get(one)} />)}</ul>
        </>
      )}
      {task.hasChildren && <><h4 className={styles.heading}>{t('children')}</h4><Branch parent={task.id} /></>}
    </section>
  );
}

/** What a task has made, and how far that is; what those have made opens below them. */
function Branch({ parent }: { parent: string }) {
  const t = useText();
  const children = useChildren(parent);
  if (!children) return <p className="dimmed">{t('loading')}</p>;
  const { counts, tasks } = children;
  const ended = counts.completed + counts.failed + counts.cancelled;
  return (
    <>
      <div className={styles.sum}>
        <progress max={Math.max(1, counts.total)} value={ended} aria-label={t('childrenProgress')} />
        <span className="small">{t('endedOf', { n: ended, m: counts.total })}</span>
        {statuses.filter((status) => counts[status] > 0).map((status) => (
          <span key={status} className="small dimmed">{t(`status.${status}`)} {t('n', { n: counts[status] })}</span>
        ))}
      </div>
      <ul className={styles.list}>{tasks.map((one) => <Relative key={one.id} id={one.id} task={one} />)}</ul>
      {counts.total > childrenShown && <Link className="small" to={`/tasks?parent=${parent}`}>{t('showAll', { n: counts.total })}</Link>}
    </>
  );
}

function Relative({ id, task }: { id: string; task: Task | undefined }) {
  const t = useText();
  const [query] = useSearchParams();
  const [open, setOpen] = useState(false);
  const search = query.toString();
  return (
    <li>
      <div className={styles.one}>
        {task?.hasChildren ? (
          <button type="button" className={styles.fold} aria-expanded={open} aria-label={t('children')} onClick={() => { setOpen(!open); }}>
            {open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          </button>
        ) : <span className={styles.fold} />}
        <Link className={styles.link} to={`/tasks/${id}${search && `?${search}`}`} title={id}>{task ? <Said>{task.type}</Said> : t('unknownTask')} <span className="mono dimmed">…{id.slice(-8)}</span></Link>
        {task && <StatusLabel status={task.status} />}
        {task?.status === 'running' && <TaskProgressBar task={task} />}
        {task?.status === 'failed' && task.error && <Said className={`small ${styles.error}`}>{`${task.error.code}: ${task.error.message}`}</Said>}
      </div>
      {open && <div className={styles.below}><Branch parent={id} /></div>}
    </li>
  );
}
