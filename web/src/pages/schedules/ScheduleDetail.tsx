import { Alert, Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { ApiError } from '../../api/http';
import { getSchedule, listRuns, type Schedule } from '../../api/schedules';
import type { Task } from '../../api/types';
import { useFormats, useText } from '../../i18n';
import { Dialog } from '../../parts/Dialog';
import { JsonView } from '../../parts/JsonView';
import { Moment } from '../../parts/Moment';
import { Said } from '../../parts/Said';
import { StatusLabel } from '../../parts/StatusLabel';
import { useTitle } from '../../parts/title';
import { Waiting } from '../../parts/Waiting';
import { throttled } from '../../stores/frames';
import { useLive } from '../../stores/live';
import { useOwnerOfOne } from '../../stores/owner';
import { useSchedules } from '../../stores/schedules';
import { usePlan } from './plan';
import { useScheduleActions } from './scheduleActions';
import { Next } from './Schedules';
import styles from './Schedules.module.css';

export function ScheduleDetail() {
  const t = useText();
  const navigate = useNavigate();
  const owner = useOwnerOfOne();
  const { id = '' } = useParams();
  const [query] = useSearchParams();
  const [known, setKnown] = useState<{ schedule: Schedule; runs: Task[] }>();
  const [error, setError] = useState<ApiError>();
  // The list's own reading says when something has changed.
  const version = useSchedules((store) => { const one = store.schedules.find((each) => each.id === id); return one && `${one.version} ${one.fired} ${one.lastTaskId}`; });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    Promise.all([getSchedule(id, owner, abort.signal), listRuns(id, owner)]).then(
      ([schedule, runs]) => { if (!abort.signal.aborted) { setKnown({ schedule, runs }); setError(undefined); } },
      (thrown: unknown) => { if (!abort.signal.aborted) setError(ApiError.of(thrown)); },
    );
    return () => { abort.abort(); };
  }, [id, owner, version, asked]);
  useEffect(() => {
    // Which task is of which schedule, events do not say; and a run by hand leaves the schedule itself as it was.
    const again = throttled(() => { setAsked((before) => before + 1); return Promise.resolve(); }, 1_000);
    return useLive.getState().listen((events) => { if (events.some((event) => event.event !== 'task:progress')) again(); });
  }, []);
  const name = known ? known.schedule.name || known.schedule.task.type : t('schedule');
  useTitle(name, 1);
  const close = (): void => void navigate(`/schedules${query.toString() && `?${query.toString()}`}`);
  return (
    <Dialog size="medium" title={<Said>{name}</Said>} onClose={close}>
      {!known && !error && <Waiting />}
      {error && <Alert color="red" role="alert">{error.status === 404 ? t('noSuchSchedule') : t('failedToLoad', { message: error.message })}</Alert>}
      {known && <Details schedule={known.schedule} runs={known.runs} onChanged={() => { setAsked((before) => before + 1); }} onClose={close} />}
    </Dialog>
  );
}

function Details({ schedule, runs, onChanged, onClose }: { schedule: Schedule; runs: Task[]; onChanged: () => void; onClose: () => void }) {
  const t = useText();
  const plan = usePlan();
  const { time } = useFormats();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [asking, setAsking] = useState(false);
  const { pause, run, remove } = useScheduleActions();
  const facts: [string, string][] = [
    [t('plan'), plan(schedule)],
    [t('missed'), t(`missed.${schedule.missed}`)],
    [t('overlap'), t(`overlap.${schedule.overlap}`)],
    [t('owner'), schedule.owner],
    [t('fired'), t('n', { n: schedule.fired })],
    [t('skipped'), t('n', { n: schedule.skipped })],
    [t('created'), time(schedule.createdAt)],
    [t('id'), schedule.id],
  ];
  return (
    <div className="stack">
      <div className="row">
        <Next schedule={schedule} />
        <span className="push" />
        <Button size="xs" onClick={() => void run(schedule).then(onChanged)}>{t('runNow')}</Button>
        <Button size="xs" variant="default" onClick={() => void pause(schedule, !schedule.paused).then(onChanged)}>{t(schedule.paused ? 'resume' : 'pause')}</Button>
        <Button size="xs" variant="default" onClick={() => void navigate(`/schedules/${schedule.id}/edit${query.toString() && `?${query.toString()}`}`)}>{t('edit')}</Button>
        <Button size="xs" variant="outline" color="red" onClick={() => { setAsking(true); }}>{t('delete')}</Button>
      </div>
      {schedule.lastError && <Alert color="yellow" title={t('lastTickFailed')}><Said>{schedule.lastError}</Said></Alert>}
      <dl className={styles.facts}>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd><Said>{value}</Said></dd></div>)}</dl>
      <section aria-label={t('nextRuns')} className="stack tight">
        <h3>{t('nextRuns')}</h3>
        {schedule.next.length === 0 ? <p className="dimmed">{t('noNext')}</p> : <ol className={styles.ticks}>{schedule.next.map((tick) => <li key={tick}>{time(tick)}</li>)}</ol>}
      </section>
      <section aria-label={t('history')} className="stack tight">
        <h3>{t('history')}</h3>
        {runs.length === 0 ? <p className="dimmed">{t('neverRan')}</p> : (
          <ul className={styles.runs}>
            {runs.map((task) => <li key={task.id}><StatusLabel status={task.status} /> <Link to={`/tasks/${task.id}`}><span className="mono">…{task.id.slice(-8)}</span></Link> <Moment at={task.createdAt} /></li>)}
          </ul>
        )}
        {runs.length > 0 && <Link className="small" to={`/tasks?tag=${encodeURIComponent(`schedule:${schedule.id}`)}`}>{t('allRuns')}</Link>}
      </section>
      <JsonView label={t('taskOfSchedule')} value={schedule.task} />
      {asking && (
        <Dialog size="small" title={t('deleteScheduleTitle')} onClose={() => { setAsking(false); }}>
          <p>{t('deleteScheduleWhy')}</p>
          <div className="row">
            <Button className="push" variant="default" data-autofocus onClick={() => { setAsking(false); }}>{t('keep')}</Button>
            <Button color="red" onClick={() => void remove(schedule).then((done) => { if (done) onClose(); })}>{t('delete')}</Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
