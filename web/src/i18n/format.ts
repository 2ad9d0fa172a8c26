import { usePreferences } from '../stores/preferences';

export interface Formats {
  time: (at: number | null) => string;
  /** Of milliseconds: "1.2 s", "3 min 20 s", "2 h 5 min". */
  span: (ms: number) => string;
  number: (value: number) => string;
}

const made = new Map<string, Formats>();

function make(language: string): Formats {
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const [h, min, s] = language.startsWith('zh') ? ['小时', '分', '秒'] : ['h', 'min', 's'];
  return {
    time: (at) => (at === null ? '–' : time.format(at)),
    span: (ms) => {
      const seconds = Math.max(0, ms) / 1000;
      if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
      if (seconds < 60) return `${number.format(seconds)} ${s}`;
      const whole = Math.round(seconds);
      if (whole < 3600) return `${Math.floor(whole / 60)} ${min} ${whole % 60} ${s}`;
      return `${Math.floor(whole / 3600)} ${h} ${Math.floor((whole % 3600) / 60)} ${min}`;
    },
    number: (value) => number.format(value),
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
