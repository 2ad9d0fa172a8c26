import { expect, it } from 'vitest';
import { plain } from './plain';

it('shows what would turn a text round, and leaves every other writing alone', () => {
  expect(plain('photo\u202Egpj.exe')).toBe('photo[U+202E]gpj.exe');
  expect(plain('مرحبا 任务 é 👩‍👩')).toBe('مرحبا 任务 é 👩‍👩');
});
