import { usePreferences } from '../stores/preferences';

export interface Formats {
  time: (at: number) => string;
  /** As short as it can be told apart: the clock for today, the day too for this year. */
  moment: (at: number, now?: number) => string;
  /** Of milliseconds: "1.2 s", "3 min 20 s", "2 h 5 min". */
  span: (ms: number) => string;
  /** Of milliseconds, in one unit: "12 s", "3 min", "2 h", "5 d". */
  short: (ms: number) => string;
  number: (value: number) => string;
}

const made = new Map<string, Formats>();

/** The browser takes its time to make a formatter: none is made before it is needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function make(language: string): Formats {
  const dates = (options: Intl.DateTimeFormatOptions): (() => Intl.DateTimeFormat) => once(() => new Intl.DateTimeFormat(language, options));
  const time = dates({ dateStyle: 'medium', timeStyle: 'medium' });
  const clock = dates({ timeStyle: 'medium' });
  const day = dates({ month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
  const date = dates({ dateStyle: 'medium' });
  const number = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }));
  const [d, h, min, s, ms] = language.startsWith('zh') ? ['天', '小时', '分', '秒', '毫秒'] : ['d', 'h', 'min', 's', 'ms'];
  const both = (large: number, unit: string | undefined, small: number, smaller: string | undefined): string =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;
  return {
    moment: (at, now = Date.now()) => {
      const [then, today] = [new Date(at), new Date(now)];
      const format = then.toDateString() === today.toDateString() ? clock : then.getFullYear() === today.getFullYear() ? day : date;
      return format().format(at);
    },
    time: (at) => time().format(at),
    span: (length) => {
      const seconds = Math.max(0, length) / 1000;
      if (seconds < 1) return `${Math.round(seconds * 1000)} ${ms}`;
      if (seconds < 60) return `${number().format(seconds)} ${s}`;
      const whole = Math.round(seconds);
      if (whole < 3600) return both(Math.floor(whole / 60), min, whole % 60, s);
      return both(Math.floor(whole / 3600), h, Math.floor((whole % 3600) / 60), min);
    },
    short: (length) => {
      const seconds = Math.max(0, Math.round(length / 1000));
      if (seconds < 60) return `${seconds} ${s}`;
      if (seconds < 3600) return `${Math.floor(seconds / 60)} ${min}`;
      if (seconds < 86_400) return `${Math.floor(seconds / 3600)} ${h}`;
      return `${number().format(Math.floor(seconds / 86_400))} ${d}`;
    },
    number: (value) => (Number.isInteger(value) && Math.abs(value) < 1000 ? String(value) : number().format(value)),
  };
}

export function formats(language: string): Formats {
  const known = made.get(language) ?? make(language);
  made.set(language, known);
  return known;
}

export function useFormats(): Formats {
  return formats(usePreferences((preferences) => preferences.language));
}
