// How much script the task page loads before it shows anything: the entry and what it imports at once, compressed.
// Ends with 1 when that is more than we allow.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const allowed = 200 * 1024;
const dist = path.resolve(import.meta.dirname, '../dist');
const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const files = new Set();

function add(file) {
  if (files.has(file)) return;
  files.add(file);
  const text = readFileSync(path.join(dist, file), 'utf8');
  // Not import(...): what that names comes when it is asked for.
  for (const match of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) add(`assets/${match[1]}`);
}

first.forEach(add);
if (files.size === 0) throw new Error('dist/index.html names no script: run the build first');
const sizes = [...files].map((file) => [file, gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of sizes) console.log(`${(size / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
console.log(`${(total / 1024).toFixed(1).padStart(7)} KiB of script for the task page, of ${allowed / 1024} KiB allowed`);
process.exit(total > allowed ? 1 : 0);
