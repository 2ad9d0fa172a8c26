import { readFile } from 'node:fs/promises';
import { expect, inject, it } from 'vitest';
import { file, generate } from '../scripts/types.mjs';

it('The types are those of the API as it is: else npm run generate', async () => {
  expect(await generate(inject('url'))).toBe(await readFile(file, 'utf8'));
});
