import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Imports go one way: pages -> parts -> i18n -> stores -> api. A file may import from its own layer and those after it.
const layers = ['pages', 'parts', 'i18n', 'stores', 'api'];
const oneWay = layers.slice(1).map((layer, at) => ({
  files: [`src/${layer}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: layers.slice(0, at + 1).map((above) => ({
          group: [`**/${above}`, `**/${above}/**`],
          message: `src/${layer} must not know src/${above}: imports go ${layers.join(' -> ')}.`,
        })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'playwright-report', 'coverage'] },
  ...tseslint.configs.strict,
  reactHooks.configs.flat['recommended-latest'],
  {
    rules: {
      // One fetch function: everything else goes through src/api/http.ts.
      // A component that takes a whole store renders with everything that happens in it.
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.name=/^use(Tasks|Types|Session|Live|Notices|Preferences|Counts)$/][arguments.length=0]", message: 'Say what of the store is meant: useTasks((tasks) => tasks.total).' },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Use request() of src/api/http.ts.' }],
    },
  },
  ...oneWay,
  { files: ['src/api/http.ts', 'e2e/**', 'bench/**', 'scripts/**'], rules: { 'no-restricted-globals': 'off' } },
  // Playwright's fixtures take an empty pattern where they need no other, and their `use` is no hook.
  { files: ['e2e/**'], rules: { 'no-empty-pattern': 'off', 'react-hooks/rules-of-hooks': 'off' } },
);
