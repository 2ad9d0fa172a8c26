import { Alert } from '@mantine/core';
import { useEffect, useMemo, type ReactNode } from 'react';
import type { MinuteStats, QueueStats } from '../api/types';
import { useFormats, useText } from '../i18n';
import { Chart, type Line } from '../parts/Chart';
import { useTitle } from '../parts/title';
import { Waiting } from '../parts/Waiting';
import { WorkerTable } from '../parts/WorkerTable';
import { useStats } from '../stores/stats';
import styles from './Overview.module.css';

export function Overview() {
  const t = useText();
  const { now, minutes, error, follow } = useStats();
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
          <div className={styles.charts}>
            <MinuteCharts minutes={minutes} />
            <FillCharts minutes={minutes} now={now} />
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

function MinuteCharts({ minutes }: { minutes: readonly MinuteStats[] }) {
  const t = useText();
  const charts = useMemo(() => {
    const line = (label: string, color: string, value: (minute: MinuteStats) => number | null, dashed = false): Line => ({ label, color, dashed, values: minutes.map(value) });
    // A minute in which nothing ended has no percentiles: a gap, not a zero.
    const percentiles = (of: 'runMs' | 'waitMs'): Line[] =>
      (['p50', 'p95', 'p99'] as const).map((part, index) => line(part, ['completed', 'waiting', 'failed'][index] ?? '', (minute) => (minute[of].p99 > 0 ? minute[of][part] / 1000 : null)));
    return {
      times: minutes.map((minute) => minute.minute),
      throughput: [
        { ...line(t('completedLine'), 'completed', (minute) => minute.completed), filled: true },
        line(t('createdLine'), 'running', (minute) => minute.created, true),
      ],
      failures: [
        { ...line(t('failedLine'), 'failed', (minute) => minute.failed), filled: true },
        line(t('retriedLine'), 'waiting', (minute) => minute.retried),
        line(t('cancelledLine'), 'cancelled', (minute) => minute.cancelled),
      ],
      run: percentiles('runMs'),
      wait: percentiles('waitMs'),
    };
  }, [minutes, t]);
  const note = t('lastMinutes', { n: minutes.length });
  const shared = { note, times: charts.times, each: 60_000 };
  return (
    <>
      <Chart {...shared} counts title={t('throughput')} lines={charts.throughput} />
      <Chart {...shared} counts title={t('failures')} lines={charts.failures} />
      <Chart {...shared} title={t('latency')} lines={charts.run} />
      <Chart {...shared} title={t('waitLatency')} lines={charts.wait} />
    </>
  );
}

function FillCharts({ minutes, now }: { minutes: readonly MinuteStats[]; now: QueueStats }) {
  const t = useText();
  const charts = useMemo(() => {
    // The minute that is not over yet is as full as the queue is now.
    const latest = minutes.at(-1);
    const all = latest ? [...minutes.slice(0, -1), { ...latest, depth: now.depth, running: now.running, oldestWaitingSeconds: now.oldestWaitingSeconds }] : [];
    const line = (label: string, color: string, value: (minute: MinuteStats) => number | null, dashed = false): Line => ({ label, color, dashed, values: all.map(value) });
    return {
      times: all.map((minute) => minute.minute),
      depth: [
        line(t('priority.high'), 'failed', (minute) => minute.depth?.high ?? null),
        line(t('priority.normal'), 'running', (minute) => minute.depth?.normal ?? null),
        line(t('priority.low'), 'cancelled', (minute) => minute.depth?.low ?? null),
      ],
      running: [
        { ...line(t('running'), 'running', (minute) => minute.running), filled: true },
        ...(now.maxRunning > 0 ? [line(t('limitLine'), 'cancelled', () => now.maxRunning, true)] : []),
      ],
      oldest: [{ ...line(t('oldestSeconds'), 'waiting', (minute) => minute.oldestWaitingSeconds), filled: true }],
    };
  }, [minutes, now, t]);
  const shared = { note: t('lastMinutes', { n: minutes.length }), times: charts.times, each: 60_000 };
  return (
    <>
      <Chart {...shared} counts title={t('depth')} lines={charts.depth} />
      <Chart {...shared} counts title={t('runningChart')} lines={charts.running} />
      <Chart {...shared} title={t('oldest')} lines={charts.oldest} />
    </>
  );
}
