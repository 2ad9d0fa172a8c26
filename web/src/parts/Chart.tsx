import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useId, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormats } from '../i18n';
import styles from './Chart.module.css';

export interface Line {
  label: string;
  /** Name of a colour in styles.css, without its dashes. */
  color: string;
  values: readonly (number | null)[];
  dashed?: boolean;
  /** The ground below it is tinted. */
  filled?: boolean;
}

interface Props {
  title: string;
  note: string;
  /** Milliseconds, ascending; as many as each line has values. */
  times: readonly number[];
  lines: readonly Line[];
  /** Each value holds from its time for this long, in milliseconds. */
  each: number;
  /** Whole numbers only. */
  counts?: boolean;
}

const height = 170;

/** Lines over time. The figure's caption says the newest values, for those who do not see the picture. */
export function Chart({ title, note, times, lines, each, counts = false }: Props) {
  const { number } = useFormats();
  // What is not known is not zero.
  const newest = (value: number | null | undefined): string => (value == null ? '–' : number(value));
  const id = useId();
  const scheme = useComputedColorScheme('light');
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const shape = lines.map((line) => `${line.label}|${line.color}|${line.dashed ? 'dashed' : ''}|${line.filled ? 'filled' : ''}`).join('\n');

  // The colours are read from the page, so another theme, like another set of lines, means another plot.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(optionsFor(shape, element.clientWidth, counts), [[]], element);
    plot.current = made;
    const resized = new ResizeObserver(() => { made.setSize({ width: element.clientWidth, height }); });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, scheme, counts]);

  useEffect(() => {
    // What holds for a time is drawn from its begin to its end.
    const twice = <T,>(all: readonly T[], end: (one: T) => T): T[] => all.flatMap((one) => [one, end(one)]);
    const ats = twice(times, (at) => at + each - 1);
    plot.current?.setData([ats.map((at) => at / 1000), ...lines.map((line) => twice(line.values, (value) => value))]);
  }, [times, lines, shape, scheme, each, counts]);

  return (
    <figure className={`card ${styles.figure}`} aria-labelledby={id}>
      <figcaption className={styles.caption}>
        <h2 id={id}>{title}</h2>
        <span className="dimmed small">{note}</span>
      </figcaption>
      <ul className={styles.legend}>
        {lines.map((line) => (
          <li key={line.label}>
            <span className={styles.key} data-color={line.color} data-dashed={line.dashed || undefined} aria-hidden /> {line.label}{' '}
            <strong>{newest(line.values.at(-1))}</strong>
          </li>
        ))}
      </ul>
      <div ref={place} className={styles.plot} aria-hidden />
    </figure>
  );
}

function optionsFor(shape: string, width: number, counts: boolean): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = { stroke: color('mantine-color-dimmed'), font: `11px ${getComputedStyle(document.body).fontFamily}`, ticks: { show: false } };
  const series = shape.split('\n').map((line) => {
    const [label = '', name = '', dashed = '', filled = ''] = line.split('|');
    const stroke = color(name);
    return {
      label, stroke, width: 2, spanGaps: false, points: { show: false },
      ...(dashed ? { dash: [6, 4] } : {}), ...(filled ? { fill: `${stroke}26` } : {}),
    };
  });
  return {
    width,
    height,
    // Room for half of the last time's name.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    // All counts: the ground is zero, and an empty chart still has a height.
    scales: { x: { time: true, range: (_, min, max) => [min, max] }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 80, values: (_, at, __, ___, step) => at.map((one) => (step < 60 ? exactClock : step < 3600 ? clock : dayOrClock)(one * 1000)) },
      { ...axis, grid: { stroke: color('line'), width: 1 }, size: 44, space: 36, ...(counts ? { incrs: wholes } : {}), values: (_, at) => at.map((one) => count(one)) },
    ],
    series: [{}, ...series],
  };
}

// By hand: the browser takes longer to make a formatter than to draw the picture.
const two = (value: number): string => String(value).padStart(2, '0');
const clock = (ms: number): string => `${two(new Date(ms).getHours())}:${two(new Date(ms).getMinutes())}`;
const exactClock = (ms: number): string => `${clock(ms)}:${two(new Date(ms).getSeconds())}`;
/** Where a day begins, which. */
const dayOrClock = (ms: number): string => (clock(ms) === '00:00' ? `${new Date(ms).getMonth() + 1}/${new Date(ms).getDate()}` : clock(ms));
const count = (value: number): string => (value < 10_000 ? String(Number(value.toFixed(3))) : `${Number((value / 1000).toFixed(1))}K`);

/** Steps between the marks of an axis, where only whole numbers mean something. */
const wholes = [0, 1, 2, 3, 4, 5, 6].flatMap((zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros));
