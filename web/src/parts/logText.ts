import type { LogLine } from '../api/types';

/** Log lines as a text file has them; lines of their own that a message has are indented. */
export const toText = (lines: readonly LogLine[]): string =>
  lines.map(({ at, level, message }) => `${new Date(at).toISOString()} ${level.toUpperCase().padEnd(7)} ${message.replaceAll('\n', '\n    ')}\n`).join('');
