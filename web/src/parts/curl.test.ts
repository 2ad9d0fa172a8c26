import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { sampleTask } from '../testing/samples';
import { curlOf } from './curl';

it('says the payload to the letter, whatever quotes it has', () => {
  const payload = { text: 'it\'s "$HOME" `id` \\ 任务' };
  const command = curlOf(sampleTask({ payload, tags: ['a b'] }), 'http://localhost:7071');
  // A shell reads it; in curl's place something that shows the last argument.
  const last = execFileSync('sh', ['-c', command.replace(/^curl/, 'show() { for last; do :; done; printf %s "$last"; }; show')], { encoding: 'utf8' });
  expect(JSON.parse(last)).toMatchObject({ type: 'sleep', payload, tags: ['a b'] });
});
