// Prints "passed failed skipped" of one result file: a .trx of dotnet test, a .json of vitest or Playwright (a flaky test has failed).
import { readFileSync } from 'node:fs';

const file = process.argv[2];
const text = readFileSync(file, 'utf8');
if (file.endsWith('.trx')) {
  const counters = /<Counters ([^>]*)>/.exec(text)[1];
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(counters)[1]);
  const [passed, failed] = [count('passed'), count('failed') + count('error') + count('timeout') + count('aborted')];
  console.log(passed, failed, count('total') - passed - failed);
} else {
  const result = JSON.parse(text);
  if (result.stats) console.log(result.stats.expected, result.stats.unexpected + result.stats.flaky, result.stats.skipped);
  else console.log(result.numPassedTests, result.numFailedTests, result.numPendingTests + result.numTodoTests);
}
