import { expect, it } from 'vitest';
import { withLines } from './JsonView';

it('a stack trace has its lines, a path with backslashes stays one', () => {
  expect(withLines(JSON.stringify({ stack: 'Error\n  at f\r\n\tat g', path: 'C:\\new\\table' }))).toBe('{"stack":"Error\n  at f\n\tat g","path":"C:\\\\new\\\\table"}');
});
