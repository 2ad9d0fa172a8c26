import { Alert, Button } from '@mantine/core';
import { IconBan, IconDownload, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { fileUrl } from '../api/tasks';
import type { Task } from '../api/types';
import { useText } from '../i18n';
import { adviceFor } from '../i18n/advice';
import { ConfirmCancel } from '../parts/ConfirmCancel';
import { Dialog } from '../parts/Dialog';
import { JsonView } from '../parts/JsonView';
import { LogView } from '../parts/LogView';
import { StatusLabel } from '../parts/StatusLabel';
import { TaskFacts } from '../parts/TaskFacts';
import { TaskProgressBar } from '../parts/TaskProgressBar';
import { Timeline } from '../parts/Timeline';
import { Waiting } from '../parts/Waiting';
import { useEvents } from '../stores/events';
import { useTaskStatus } from '../stores/task';
import { useTasks } from '../stores/tasks';
import styles from './TaskDetail.module.css';
import { useTaskActions } from './taskActions';

export function TaskDetail() {
  const t = useText();
  const navigate = useNavigate();
  const { id = '' } = useParams();
  const [query] = useSearchParams();
  const { task, error, refresh } = useTaskStatus(id);
  const search = query.toString();
  return (
    <Dialog title={task ? `${t('details')}: ${task.type}` : t('details')} onClose={() => void navigate(`/tasks${search && `?${search}`}`)}>
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
  const everybody = useTasks((tasks) => tasks.everybody);
  const events = useEvents(task.id);
  const { cancel, retry } = useTaskActions();
  const [asking, setAsking] = useState(false);
  const active = task.status === 'pending' || task.status === 'running';
  return (
    <div className="stack">
      <div className={`row ${styles.head}`}>
        <StatusLabel status={task.status} />
        <TaskProgressBar task={task} withMessage />
        {hasFile(task) && (
          <Button component="a" href={fileUrl(task.id, everybody ? 'all' : undefined)} download size="xs" leftSection={<IconDownload size={16} aria-hidden />}>
            {t('download')}
          </Button>
        )}
        {active && (
          <Button size="xs" color="red" variant="outline" disabled={task.cancelRequested} leftSection={<IconBan size={16} aria-hidden />} onClick={() => { setAsking(true); }}>
            {t(task.cancelRequested ? 'stopping' : 'cancel')}
          </Button>
        )}
        {(task.status === 'failed' || task.status === 'cancelled') && (
          <Button size="xs" leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => void retry([task]).then(onChanged)}>{t('retry')}</Button>
        )}
      </div>
      {task.error && (
        <Alert color="red" title={`${t('error')}: ${task.error.code}`} role="group" aria-label={t('error')}>
          <p>{task.error.message}</p>
          <p><strong>{t('advice')}:</strong> {t(adviceFor(task.error.code))}</p>
        </Alert>
      )}
      <div className={styles.columns}>
        <div className={`stack ${styles.main}`}>
          <Timeline task={task} events={events} />
          {task.status === 'completed' && <JsonView label={t('result')} value={task.result} />}
          {task.error?.details !== undefined && task.error.details !== null && <JsonView label={t('errorDetails')} value={task.error.details} />}
          <LogView taskId={task.id} />
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

/** A completed task's file can be downloaded when its result says so. */
const hasFile = ({ status, result }: Task): boolean =>
  status === 'completed' && typeof result === 'object' && result !== null && 'file' in result;
