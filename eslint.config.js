import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Which folder may not import which (docs/architecture.md, "Arrows go one way"). Type-only imports are free:
 * they leave nothing behind at run time.
 */
const restrictedPaths = [
  {
    target: './lib',
    from: ['./activities', './workflows', './workers', './clients'],
    message: 'lib is the bottom.',
  },
  {
    target: './activities',
    from: ['./workflows', './workers', './clients'],
    message: 'activities call lib only.',
  },
  { target: './workers', from: './clients', message: 'nothing imports clients.' },
  {
    target: './lib/!(devnet)/**/*',
    from: './lib/devnet',
    message: 'no product code depends on the simulator; only the devnet and demo commands do.',
  },
];

export default tseslint.config(
  {
    ignores: ['dist/', 'node_modules/', '.crusades/', 'coverage/', 'evaluator/', 'test/histories/'],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-deprecated': 'warn',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'import-x/no-restricted-paths': ['error', { zones: restrictedPaths }],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'fs', 'pg', 'kysely*', 'zod*', 'pino*', '@polkadot/*', 'undici', '@noble/*'],
              message: 'Workflows are deterministic: no infrastructure in them.',
            },
            {
              group: [
                '../activities/*',
                '../lib/*/**',
                '!../lib/scoring/**',
                '!../lib/errors/**',
                '!../lib/progress/**',
              ],
              allowTypeImports: true,
              message:
                'Workflows import types, and pure code of lib/scoring, lib/errors and lib/progress only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js', 'crusades'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        Buffer: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  prettier,
);
