import type { TestProject } from 'vitest/node';
import { startApp } from '../scripts/app.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    url: string;
  }
}

/** The real app, once for all tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const app = await startApp();
  project.provide('url', app.url);
  return app.stop;
}
