// Lint: what the compiler does not see. Typed rules run on every .ts file of the house; the clock rules hold in the
// pure rooms only ("How a message goes through" in ARCHITECTURE.md). Imports between rooms are
// checked by .dependency-cruiser.cjs.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const PURE_ROOMS = [
  'packages/core/src/**/*.ts',
  'packages/sdp/src/**/*.ts',
  'packages/call-control/src/**/*.ts',
  'protocols/*/src/**/*.ts',
];
const INPUT = 'a pure room gets `now` as an argument and gives deadlines back';
const DICE = 'a pure room rolls no dice: its choices are functions of the message and the configuration';
const named = (module, names, message) => [module, `node:${module}`].map((name) => ({ name, ...names, message }));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', 'data/**', 'test/canary/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An async function that awaits nothing is how an interface is kept.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-param-reassign': 'off',
    },
  },
  {
    files: ['packages/**/*.ts', 'protocols/**/*.ts'],
    ignores: ['packages/simulators/**', 'packages/testkit/**', '**/*.test.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: PURE_ROOMS,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'fetch', 'crypto', 'process'].map((name) => ({
          name,
          message: INPUT,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: INPUT },
        { object: 'Math', property: 'random', message: DICE },
      ],
      'no-restricted-syntax': ['error', { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: INPUT }],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...named(
              'crypto',
              { importNames: ['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync', 'webcrypto'] },
              DICE,
            ),
            ...named(
              'net',
              { allowImportNames: ['isIP', 'isIPv4', 'isIPv6', 'BlockList'] },
              'of node:net a pure room takes the readers of addresses',
            ),
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts'],
    // chai's `expect(x).to.be.true` is an expression, and a fake may look like anything.
    rules: { '@typescript-eslint/no-unused-expressions': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'readonly',
        __dirname: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
);
