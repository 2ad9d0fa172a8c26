import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the pages itself and passes everything else to a running `./dev run`.
const app = process.env.TASKLANE_URL ?? 'http://localhost:7071';
const passed = Object.fromEntries(['/api', '/.auth', '/client'].map((path) => [path, { target: app, ws: true }]));

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 2048, rollupOptions: { input: ['index.html', 'api.html'] } },
  server: { port: 5173, proxy: passed },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
