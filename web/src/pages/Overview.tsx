import { Alert, SegmentedControl } from '@mantine/core';
import { useEffect, useMemo, type ReactNode } from 'react';
import { historyRanges, type History, type HistoryPoint, type HistoryRange, type QueueStats } from '../api/types';
import { useFormats, useText } from '../i18n';
import { Chart, type Line } from '../parts/Chart';
import { useTitle } from '../parts/title';
import { Waiting } from '../parts/Waiting';
import { WorkerTable } from '../parts/WorkerTable';
import { useStats } from '../stores/stats';
import styles from './Overview.module.css';

export function Overview() {
  const t = useText();
  const { now, range, history, error, setRange, follow } = useStats();
  useTitle(t('menuOverview'));
  useEffect(() => follow(), [follow]);
  return (
    <>
      <h1>{t('overview')}</h1>
      {error && <Alert color="red" role="alert">{t('failedToLoad', { message: error.code === 'offline' ? t('offline') : error.message })}</Alert>}
      {!now && !error && <Waiting />}
      {now && (
        <>
          <Tiles now={now} />
          <SegmentedControl
            className={styles.ranges} aria-label={t('range')} value={range} onChange={(chosen) => { setRange(chosen as HistoryRange); }}
            data={historyRanges.map((one) => ({ value: one, label: t(`range.${one}`) }))}
          />
          <div className={styles.charts}>
            {history ? (
              <>
                <EventCharts history={history} range={range} />
                <FillCharts history={history} range={range} now={now} />
              </>
            ) : <Waiting />}
            <WorkerTable workers={now.workers} />
          </div>
        </>
      )}
    </>
  );
}

function Tiles({ now }: { now: QueueStats }) {
  const t = useText();
  const { number, span } = useFormats();
  return (
    <dl className={styles.tiles}>
      <Tile name={t('running')} note={now.maxRunning > 0 ? t('ofLimit', { n: now.maxRunning }) : t('unlimited')}>{number(now.running)}</Tile>
      <Tile name={t('waitingNow')} note={now.delayed > 0 ? t('delayedTasks', { n: now.delayed }) : undefined}>{number(now.pending)}</Tile>
      <Tile name={t('oldest')} note={now.oldestWaitingSeconds > 0 ? undefined : t('nothingWaits')}>{now.oldestWaitingSeconds > 0 ? span(now.oldestWaitingSeconds * 1000) : '–'}</Tile>
      <Tile name={t('waitP95')}>{span(now.latency.waitMs.p95)}</Tile>
      <Tile name={t('runP95')}>{span(now.latency.runMs.p95)}</Tile>
      <Tile name={t('workers')}>{number(now.workers.length)}</Tile>
      <Tile name={t('processed')} note={t('perMinute', { n: number(now.throughputPerMinute) })}>{number(now.totals.completed)}</Tile>
      <Tile name={t('failedSoFar')}>{number(now.totals.failed)}</Tile>
      <Tile name={t('cancelledSoFar')}>{number(now.totals.cancelled)}</Tile>
      <Tile name={t('retriedSoFar')}>{number(now.totals.retried)}</Tile>
    </dl>
  );
}

function Tile({ name, note, children }: { name: string; note?: string | undefined; children: ReactNode }) {
  return (
    <div className={`card ${styles.tile}`}>
      <dt className="dimmed small">{name}</dt>
      <dd className={styles.value}>{children} {note && <span className="dimmed small">{note}</span>}</dd>
    </div>
  );
}

interface HistoryProps {
  history: History;
  range: HistoryRange;
}

const minute = 60_000;

/** An hour that began a while ago tells how many minutes there are. */
function useNote({ history: { points }, range }: HistoryProps): string {
  const t = useText();
  return range === '1h' ? t('lastMinutes', { n: points.length }) : t(`range.${range}`);
}

function EventCharts({ history, range }: HistoryProps) {
  const t = useText();
  const { step, points } = history;
  const charts = useMemo(() => {
    const line = (label: string, color: string, value: (point: HistoryPoint) => number | null, dashed = false): Line => ({ label, color, dashed, values: points.map(value) });
    // A longer step is shown as what it was a minute.
    const each = (label: string, color: string, value: (point: HistoryPoint) => number, dashed = false): Line => line(label, color, (point) => (value(point) * minute) / step, dashed);
    // A step in which nothing ended has no percentiles: a gap, not a zero.
    const percentiles = (of: 'runMs' | 'waitMs'): Line[] =>
      (['p50', 'p95', 'p99'] as const).map((part, index) => line(part, ['completed', 'waiting', 'failed'][index] ?? '', (point) => (point[of].p99 > 0 ? point[of][part] / 1000 : null)));
    return {
      times: points.map((point) => point.at),
      throughput: [
        { ...each(t('completedLine'), 'completed', (point) => point.completed), filled: true },
        each(t('createdLine'), 'running', (point) => point.created, true),
      ],
      failures: [
        { ...each(t('failedLine'), 'failed', (point) => point.failed), filled: true },
        each(t('retriedLine'), 'waiting', (point) => point.retried),
        each(t('cancelledLine'), 'cancelled', (point) => point.cancelled),
      ],
      run: percentiles('runMs'),
      wait: percentiles('waitMs'),
    };
  }, [points, step, t]);
  const shared = { note: useNote({ history, range }), times: charts.times, each: step };
  const counts = step === minute;
  return (
    <>
      <Chart {...shared} counts={counts} title={t('throughput')} lines={charts.throughput} />
      <Chart {...shared} counts={counts} title={t('failures')} lines={charts.failures} />
      <Chart {...shared} title={t('latency')} lines={charts.run} />
      <Chart {...shared} title={t('waitLatency')} lines={charts.wait} />
    </>
  );
}

function FillCharts({ history, range, now }: HistoryProps & { now: QueueStats }) {
  const t = useText();
  const { step, points } = history;
  const charts = useMemo(() => {
    // The step that is not over yet is as full as the queue is now.
    const latest = points.at(-1);
    const all = latest ? [...points.slice(0, -1), { ...latest, depth: now.depth, running: now.running, oldestWaitingSeconds: now.oldestWaitingSeconds }] : [];
    const line = (label: string, color: string, value: (point: HistoryPoint) => number | null, dashed = false): Line => ({ label, color, dashed, values: all.map(value) });
    return {
      times: all.map((point) => point.at),
      depth: [
        line(t('priority.high'), 'failed', (point) => point.depth?.high ?? null),
        line(t('priority.normal'), 'running', (point) => point.depth?.normal ?? null),
        line(t('priority.low'), 'cancelled', (point) => point.depth?.low ?? null),
      ],
      running: [
        { ...line(t('running'), 'running', (point) => point.running), filled: true },
        ...(now.maxRunning > 0 ? [line(t('limitLine'), 'cancelled', () => now.maxRunning, true)] : []),
      ],
      oldest: [{ ...line(t('oldestSeconds'), 'waiting', (point) => point.oldestWaitingSeconds), filled: true }],
    };
  }, [points, now, t]);
  const shared = { note: useNote({ history, range }), times: charts.times, each: step };
  return (
    <>
      <Chart {...shared} counts title={t('depth')} lines={charts.depth} />
      <Chart {...shared} counts title={t('runningChart')} lines={charts.running} />
      <Chart {...shared} title={t('oldest')} lines={charts.oldest} />
    </>
  );
}
