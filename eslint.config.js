import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NOW_IS_A_PARAMETER = 'Time is a parameter here: let the caller say what time it is.';

export default defineConfig(
  { ignores: ['dist/', '.test-dist/', 'coverage/', 'data/', '.scratch/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `_` says that a name is there only so that others can be taken apart or counted.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNever: true }],
      // `{}` as a bound means "not null", which is what it is used for.
      '@typescript-eslint/no-empty-object-type': ['error', { allowObjectTypes: 'always' }],
      // `void` before an expression makes an arrow function return nothing.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // An `async` function that awaits nothing turns its throws into rejections, as its port promises.
      '@typescript-eslint/require-await': 'off',
      // Services are closures: their functions are handed around, and none of them knows `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Where strings are spread here, every code point is meant.
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namespaceFrom: true } },
      ],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 100, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // Lists, of parts and of routes, which read best in one piece.
    files: ['src/app.ts', 'src/features/**/*outes.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['src/app.ts', 'src/adapters/database/schema.ts', 'src/http/problem.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/adapters/**', 'src/cli/**', 'src/demo/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          name: 'fetch',
          message: 'Outbound requests go through the HttpClient port, which guards against SSRF.',
        },
      ],
    },
  },
  {
    files: ['src/kernel/**/*.ts', 'src/credentials/**/*.ts', 'src/features/**/rules.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name="Date"][property.name="now"]',
          message: NOW_IS_A_PARAMETER,
        },
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: NOW_IS_A_PARAMETER },
      ],
    },
  },
  {
    // They describe other people's code as it is.
    files: ['src/**/*.d.ts'],
    rules: { 'no-restricted-exports': 'off', '@typescript-eslint/no-extraneous-class': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A test looks wherever it wants into an answer, and what is not there fails it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What `afterAll` closes may not have been opened when the setting up failed.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
