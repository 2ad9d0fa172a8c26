// Prints "passed failed skipped" of one result file: a .trx of dotnet test or a .json of vitest.
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
  console.log(result.numPassedTests, result.numFailedTests, result.numPendingTests + result.numTodoTests);
}
