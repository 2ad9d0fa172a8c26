import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { environment: 'node', include: ['test/**/*.test.ts'], globalSetup: 'test/app.setup.ts', testTimeout: 30_000, hookTimeout: 90_000 },
});
