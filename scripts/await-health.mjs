// Waits until the app says it is ready. Usage: node await-health.mjs URL SECONDS PID
// Ends with 0 when it is, 1 when the time is over, 2 when the process has ended.
import { setTimeout as delay } from 'node:timers/promises';

const [url, seconds, pid] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const end = performance.now() + seconds * 1000;
let last = 'nothing answered';
while (performance.now() < end) {
  try {
    process.kill(pid, 0);
  } catch {
    process.exit(2);
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    if (response.ok) process.exit(0);
    last = `${response.status} ${await response.text()}`;
  } catch (error) {
    last = error.cause?.message ?? error.message;
  }
  await delay(50);
}
console.error(`${url}: ${last}`);
process.exit(1);
