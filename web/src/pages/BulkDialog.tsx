import { Alert, Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { ApiError } from '../api/http';
import { postBulk } from '../api/tasks';
import type { BulkAction, BulkFilter, BulkResult } from '../api/types';
import { useText } from '../i18n';
import { Dialog } from '../parts/Dialog';
import { TaskProgressBar } from '../parts/TaskProgressBar';
import { Waiting } from '../parts/Waiting';
import { useTaskStatus } from '../stores/task';
import { useTasks } from '../stores/tasks';

/** An action on everything that the list's filter matches: counted first, then confirmed, then followed to its result. */
export function BulkDialog({ action, onClose }: { action: BulkAction; onClose: () => void }) {
  const t = useText();
  const [filter] = useState(filterOfList);
  const [matched, setMatched] = useState<number>();
  const [result, setResult] = useState<BulkResult>();
  const [error, setError] = useState<ApiError>();
  const [working, setWorking] = useState(false);

  useEffect(() => {
    let gone = false;
    postBulk(action, filter, true).then(
      (counted) => { if (!gone) setMatched(counted.matched); },
      (thrown: unknown) => { if (!gone) setError(ApiError.of(thrown)); },
    );
    return () => { gone = true; };
  }, [action, filter]);

  const run = async (): Promise<void> => {
    setWorking(true);
    try {
      setResult(await postBulk(action, filter, false));
    } catch (thrown) {
      setError(ApiError.of(thrown));
    }
    setWorking(false);
    void useTasks.getState().fetchTasks();
  };
  return (
    <Dialog size="small" title={t(`bulk.${action}`)} onClose={onClose}>
      {error && <Alert color="red" role="alert">{error.code === 'offline' ? t('offline') : error.message}</Alert>}
      {matched === undefined && !error && <Waiting />}
      {matched !== undefined && !result && (
        <>
          <p>{t(`bulk.${action}Count`, { n: matched })}</p>
          <p className="dimmed small">{t('bulk.skips')}</p>
          <div className="row">
            <Button className="push" variant="default" onClick={onClose} data-autofocus>{t('keep')}</Button>
            <Button color={action === 'retry' ? 'blue' : 'red'} loading={working} disabled={matched === 0} onClick={() => void run()}>{t(`bulk.${action}`)}</Button>
          </div>
        </>
      )}
      {result && (result.taskId ? <BulkTask id={result.taskId} /> : <Done changed={result.changed} skipped={result.skipped} />)}
    </Dialog>
  );
}

function Done({ changed, skipped }: Pick<BulkResult, 'changed' | 'skipped'>) {
  const t = useText();
  const codes = new Map<string, number>();
  for (const { code } of skipped) codes.set(code, (codes.get(code) ?? 0) + 1);
  return (
    <div role="status" className="stack tight">
      <p>{t('bulkDone', { ok: changed, failed: skipped.length })}</p>
      {[...codes].map(([code, count]) => <p key={code} className="dimmed small">{count} × <span className="mono">{code}</span></p>)}
    </div>
  );
}

/** More than a request can change are changed by a task. */
function BulkTask({ id }: { id: string }) {
  const t = useText();
  const { task } = useTaskStatus(id);
  useEffect(() => { if (task?.status === 'completed') void useTasks.getState().fetchTasks(); }, [task?.status]);
  if (!task) return <Waiting />;
  return (
    <div className="stack tight">
      <TaskProgressBar task={task} withMessage />
      <p className="dimmed small">{t(task.status === 'completed' ? 'bulk.taskDone' : 'bulk.taskRuns')} <Link to={`/tasks/${id}`}>{t('details')}</Link></p>
    </div>
  );
}

function filterOfList(): BulkFilter {
  const { filter: { status, type, priority, tag, q }, owner } = useTasks.getState();
  const given = Object.entries({ status, type, priority, tag, q }).filter(([, value]) => value !== undefined && value !== '');
  return { owner: owner ?? 'me', ...Object.fromEntries(given) };
}
