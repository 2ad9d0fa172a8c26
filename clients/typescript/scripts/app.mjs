// The real app, on a port and in a folder of its own, for tests and for generating types.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = path.resolve(import.meta.dirname, '../../..');
const builds = ['Debug', 'Release'].map((build) => ({
  app: path.join(root, 'functions/bin', build, 'net10.0/Tasklane.Functions.dll'),
  host: path.join(root, 'emulator/bin', build, 'net10.0/Tasklane.Emulator.dll'),
}));

/** @returns {Promise<{ url: string, stop: () => Promise<void> }>} */
export async function startApp() {
  const built = builds.find(({ app, host }) => existsSync(app) && existsSync(host));
  if (!built) throw new Error('Build the functions and the host first: dotnet build Tasklane.slnx');
  const data = await mkdtemp(path.join(tmpdir(), 'tasklane-ts-'));
  const port = await freePort();
  const child = spawn('dotnet', [built.host, '--app', built.app], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      TASKLANE_EMULATOR_PORT: String(port),
      TASKLANE_EMULATOR_DATA: data,
      Tasklane__Store: 'sqlite',
      Tasklane__Sqlite: path.join(data, 'tasks.db'),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output = (output + text).slice(-8_000); });
  const ended = once(child, 'exit');
  const url = `http://localhost:${port}`;
  for (let left = 600; !(await healthy(url)); left--) {
    if (child.exitCode !== null || left === 0) throw new Error(`The app did not start:\n${output}`);
    await delay(100);
  }
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(late);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function healthy(url) {
  try {
    return (await fetch(`${url}/api/health`)).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
