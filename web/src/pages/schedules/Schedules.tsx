import { Alert, Button, Switch } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Suspense, useEffect } from 'react';
import { Link, Outlet, useNavigate, useSearchParams } from 'react-router';
import type { Schedule } from '../../api/schedules';
import { useFormats, useText } from '../../i18n';
import { Said } from '../../parts/Said';
import { useTitle } from '../../parts/title';
import { Waiting } from '../../parts/Waiting';
import { Age } from '../../parts/WaitText';
import { useNow, watchClock } from '../../stores/clock';
import { useLive } from '../../stores/live';
import { useSchedules } from '../../stores/schedules';
import { isAdmin, useSession } from '../../stores/session';
import { usePlan } from './plan';
import { useScheduleActions } from './scheduleActions';
import styles from './Schedules.module.css';

/** Ticks bring no events: the list is read again this often while somebody looks. */
const everyMs = 10_000;

export function Schedules() {
  const t = useText();
  useTitle(t('menuSchedules'));
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const admin = useSession((session) => isAdmin(session.user));
  const owner = admin && query.get('owner') === 'all' ? 'all' : undefined;
  const schedules = useSchedules((store) => store.schedules);
  const next = useSchedules((store) => store.next);
  const loaded = useSchedules((store) => store.loaded);
  const error = useSchedules((store) => store.error);
  const search = query.toString() && `?${query.toString()}`;

  useEffect(watchClock, []);
  useEffect(() => {
    const { fetch } = useSchedules.getState();
    void fetch({ owner });
    const timer = setInterval(() => { if (!document.hidden) void fetch(); }, everyMs);
    const stop = useLive.getState().onResync(() => void fetch());
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [owner]);

  return (
    <>
      <div className="row">
        <h1>{t('menuSchedules')}</h1>
        {admin && <Switch label={t('everybodysSchedules')} checked={owner === 'all'} onChange={(event) => { setQuery(event.currentTarget.checked ? { owner: 'all' } : {}); }} />}
        <Button className="push" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => void navigate(`/schedules/new${search}`)}>{t('newSchedule')}</Button>
      </div>
      {error && <Alert color="red" role="alert">{t('failedToLoad', { message: error.code === 'offline' ? t('offline') : error.message })}</Alert>}
      {!loaded && !error && <Waiting />}
      {loaded && schedules.length === 0 && <p className="dimmed">{t('noSchedules')}</p>}
      {schedules.length > 0 && (
        <ul className={styles.list} aria-label={t('menuSchedules')}>
          {schedules.map((one) => <Row key={one.id} schedule={one} search={search} withOwner={owner === 'all'} />)}
        </ul>
      )}
      {next !== null && <Button variant="default" onClick={() => void useSchedules.getState().more()}>{t('loadMore')}</Button>}
      <Suspense>
        <Outlet />
      </Suspense>
    </>
  );
}

function Row({ schedule, search, withOwner }: { schedule: Schedule; search: string; withOwner: boolean }) {
  const t = useText();
  const plan = usePlan();
  const { pause, run } = useScheduleActions();
  const name = schedule.name || schedule.task.type;
  return (
    <li className={`card ${styles.row}`} data-schedule={schedule.id} data-paused={schedule.paused || undefined}>
      <div className={styles.what}>
        <Link className={styles.name} to={`/schedules/${schedule.id}${search}`}><Said>{name}</Said></Link>
        <div className="dimmed small">{plan(schedule)} · <Said>{schedule.task.type}</Said>{withOwner && <> · <Said>{schedule.owner}</Said></>}</div>
        {schedule.lastError && <Said className={`small ${styles.error}`}>{schedule.lastError}</Said>}
      </div>
      <div className={styles.when}>
        <Next schedule={schedule} />
        <div className="dimmed small">
          {schedule.lastAt === null ? t('neverRan') : <>{t('lastRun')} <Age at={schedule.lastAt} />{schedule.lastTaskId && <> · <Link to={`/tasks/${schedule.lastTaskId}`}>{t('lastTask')}</Link></>}</>}
        </div>
      </div>
      <div className={`row ${styles.buttons}`}>
        <Button size="xs" variant="default" aria-label={`${t('runNow')}: ${name}`} onClick={() => void run(schedule)}>{t('runNow')}</Button>
        <Button size="xs" variant="default" aria-label={`${t(schedule.paused ? 'resume' : 'pause')}: ${name}`} onClick={() => void pause(schedule, !schedule.paused)}>{t(schedule.paused ? 'resume' : 'pause')}</Button>
      </div>
    </li>
  );
}

/** When the next tick comes. */
export function Next({ schedule: { paused, nextAt } }: { schedule: Schedule }) {
  const t = useText();
  const { short, time } = useFormats();
  const soon = useNow((now) => (nextAt === null ? '' : short(Math.max(0, nextAt - now))));
  if (paused) return <strong className={styles.paused}>{t('paused')}</strong>;
  if (nextAt === null) return <span className="dimmed">{t('noNext')}</span>;
  return <span title={time(nextAt)}>{t('nextIn', { span: soon })}</span>;
}
