import importX from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Imports go one way: pages -> parts -> i18n -> stores -> api. A file may import from its own layer and those after it.
const layers = ['pages', 'parts', 'i18n', 'stores', 'api'];
const zones = layers.flatMap((layer, at) =>
  layers.slice(0, at).map((above) => ({
    target: `./src/${layer}`,
    from: `./src/${above}`,
    message: `src/${layer} must not know src/${above}: imports go ${layers.join(' -> ')}.`,
  })),
);

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'playwright-report', 'coverage'] },
  ...tseslint.configs.strict,
  reactHooks.configs.flat['recommended-latest'],
  {
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.tsx'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      // One fetch function: everything else goes through src/api/http.ts.
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Use request() of src/api/http.ts.' }],
    },
  },
  { files: ['src/api/http.ts', 'e2e/**', 'bench/**', 'scripts/**'], rules: { 'no-restricted-globals': 'off' } },
  // Playwright's fixtures take an empty pattern where they need no other, and their `use` is no hook.
  { files: ['e2e/**'], rules: { 'no-empty-pattern': 'off', 'react-hooks/rules-of-hooks': 'off' } },
);
