// Writes src/api.gen.ts: npm run generate [URL]. Without an address the built app is started for it.
import { writeFile } from 'node:fs/promises';
import { startApp } from './app.mjs';
import { file, generate } from './types.mjs';

const given = process.argv[2];
const app = given ? { url: given, stop: async () => {} } : await startApp();
try {
  await writeFile(file, await generate(app.url));
} finally {
  await app.stop();
}
