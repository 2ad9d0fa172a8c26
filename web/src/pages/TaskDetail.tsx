import { Alert, Button } from '@mantine/core';
import { IconBan, IconDownload, IconPencil, IconRefresh } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { fileUrl } from '../api/tasks';
import type { Task, TaskError } from '../api/types';
import { useText } from '../i18n';
import { adviceFor } from '../i18n/advice';
import { ConfirmCancel } from '../parts/ConfirmCancel';
import { Dialog } from '../parts/Dialog';
import { JsonView } from '../parts/JsonView';
import { LogView } from '../parts/LogView';
import { Relatives } from '../parts/Relatives';
import { Said } from '../parts/Said';
import { StatusLabel } from '../parts/StatusLabel';
import { TaskFacts } from '../parts/TaskFacts';
import { TaskMenu } from '../parts/TaskMenu';
import { TaskProgressBar } from '../parts/TaskProgressBar';
import { Timeline } from '../parts/Timeline';
import { useTitle } from '../parts/title';
import { Waiting } from '../parts/Waiting';
import { WaitText } from '../parts/WaitText';
import { watchClock } from '../stores/clock';
import { useEvents } from '../stores/events';
import { useOwnerOfOne } from '../stores/owner';
import { useTaskStatus } from '../stores/task';
import styles from './TaskDetail.module.css';
import { useTaskActions } from './taskActions';

export function TaskDetail() {
  const t = useText();
  const navigate = useNavigate();
  const { id = '' } = useParams();
  const [query] = useSearchParams();
  const { task, error, refresh } = useTaskStatus(id);
  const search = query.toString();
  useTitle(task ? `${task.type} …${task.id.slice(-8)}` : t('details'), 1);
  return (
    <Dialog title={task ? <>{t('details')}: <Said>{task.type}</Said></> : t('details')} onClose={() => void navigate(`/tasks${search && `?${search}`}`)}>
      {!task && !error && <Waiting />}
      {error && (
        <Alert color="red" role="alert">
          {error.status === 404 ? t('notFound') : t('failedToLoad', { message: error.code === 'offline' ? t('offline') : error.message })}
        </Alert>
      )}
      {task && <Details key={task.id} task={task} onChanged={refresh} />}
    </Dialog>
  );
}

function Details({ task, onChanged }: { task: Task; onChanged: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const owner = useOwnerOfOne();
  const events = useEvents(task.id);
  const { cancel, retry } = useTaskActions();
  const [asking, setAsking] = useState(false);
  const active = task.status === 'pending' || task.status === 'running';
  const details = task.error?.details;
  useEffect(watchClock, []);
  return (
    <div className="stack">
      <div className={`row ${styles.head}`}>
        <StatusLabel status={task.status} />
        {task.status === 'pending' ? <WaitText task={task} /> : <TaskProgressBar task={task} withMessage />}
        {task.status === 'running' && <WaitText task={task} />}
        <div className={`row push ${styles.buttons}`}>
          {hasFile(task) && (
            <Button component="a" href={fileUrl(task.id, owner)} download size="xs" leftSection={<IconDownload size={16} aria-hidden />}>
              {t('download')}
            </Button>
          )}
          {active && (
            <Button size="xs" color="red" variant="outline" disabled={task.cancelRequested} leftSection={<IconBan size={16} aria-hidden />} onClick={() => { setAsking(true); }}>
              {t(task.cancelRequested ? 'stopping' : 'cancel')}
            </Button>
          )}
          {(task.status === 'failed' || task.status === 'cancelled') && (
            <>
              <Button size="xs" leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => void retry([task]).then(onChanged)}>{t('retry')}</Button>
              <Button size="xs" variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={() => void navigate(`/tasks/new?from=${task.id}`)}>{t('editAndRun')}</Button>
            </>
          )}
          <TaskMenu task={task} />
        </div>
      </div>
      {task.error && <ErrorNote error={task.error} over={task.status === 'failed'} />}
      <div className={styles.columns}>
        <div className={`stack ${styles.main}`}>
          <Timeline task={task} events={events} />
          <Relatives task={task} />
          {task.status === 'completed' && <JsonView label={t('result')} value={task.result} />}
          {details !== undefined && details !== null && <JsonView label={t('errorDetails')} value={details} />}
          <LogView taskId={task.id} active={active} />
          <JsonView label={t('payload')} value={task.payload} />
        </div>
        <TaskFacts task={task} />
      </div>
      <ConfirmCancel
        statuses={asking ? [task.status] : []}
        onClose={() => { setAsking(false); }}
        onConfirm={() => {
          setAsking(false);
          void cancel([task]).then(onChanged);
        }}
      />
    </div>
  );
}

/** The end of a task that failed, with what can be done; of one that goes on, only what went wrong the last time. */
function ErrorNote({ error, over }: { error: TaskError; over: boolean }) {
  const t = useText();
  return (
    <Alert color={over ? 'red' : 'yellow'} title={<>{t(over ? 'error' : 'lastError')}: <Said>{error.code}</Said></>} role="group" aria-label={t('error')}>
      <p className={styles.message} tabIndex={0} aria-label={t('message')}><Said>{error.message}</Said></p>
      {over && <p><strong>{t('advice')}:</strong> {t(adviceFor(error.code))}</p>}
    </Alert>
  );
}

/** A completed task's file can be downloaded when its result says so. */
const hasFile = ({ status, result }: Task): boolean =>
  status === 'completed' && typeof result === 'object' && result !== null && 'file' in result;
