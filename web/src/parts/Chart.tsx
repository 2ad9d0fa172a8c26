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
}

interface Props {
  title: string;
  note: string;
  /** Milliseconds, ascending; as many as each line has values. */
  times: readonly number[];
  lines: readonly Line[];
}

const height = 180;

/** Lines over time. The figure's caption says the newest values, for those who do not see the picture. */
export function Chart({ title, note, times, lines }: Props) {
  const { number } = useFormats();
  const id = useId();
  const scheme = useComputedColorScheme('light');
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const shape = lines.map((line) => `${line.label}|${line.color}|${line.dashed ? 'dashed' : ''}`).join('\n');

  // The colours are read from the page, so another theme, like another set of lines, means another plot.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(optionsFor(shape, element.clientWidth), [[]], element);
    plot.current = made;
    const resized = new ResizeObserver(() => { made.setSize({ width: element.clientWidth, height }); });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, scheme]);

  useEffect(() => {
    plot.current?.setData([times.map((at) => at / 1000), ...lines.map((line) => [...line.values])]);
  }, [times, lines, shape, scheme]);

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
            <strong>{number(line.values.at(-1) ?? 0)}</strong>
          </li>
        ))}
      </ul>
      <div ref={place} className={styles.plot} aria-hidden />
    </figure>
  );
}

function optionsFor(shape: string, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = { stroke: color('mantine-color-dimmed'), grid: { stroke: color('line'), width: 1 }, ticks: { stroke: color('line'), width: 1 } };
  const series = shape.split('\n').map((line) => {
    const [label = '', name = '', dashed = ''] = line.split('|');
    return { label, stroke: color(name), width: 2, ...(dashed ? { dash: [6, 4] } : {}), spanGaps: false };
  });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    // All counts: the ground is zero, and an empty chart still has a height.
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, size: 34, space: 80, values: (_, at, __, ___, step) => at.map((one) => (step < 60 ? exactClock : clock).format(one * 1000)) },
      { ...axis, size: 56, values: (_, at) => at.map((one) => count.format(one)) },
    ],
    series: [{}, ...series],
  };
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const exactClock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const count = new Intl.NumberFormat('en', { notation: 'compact' });
