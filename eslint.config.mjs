import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The rooms of the house, each of which may import from those before it, and from no other. */
const ROOMS = ['style', 'messages', 'regions', 'storage', 'engine', 'media', 'ui', 'content'];

/** Whatever is put together of them: none of these imports from another one. */
const ENTRIES = ['background', 'bridge', 'camera', 'editor', 'grant', 'offscreen', 'welcome'];

/** Folders of the same kind that are not in src. */
const PAGES = ['popup', 'options'];

/**
 * That a folder imports from none of these.
 * @param {string} folder
 * @param {readonly string[]} others
 * @returns {import('typescript-eslint').ConfigArray[number]}
 */
function boundary(folder, others) {
  return {
    files: [`${PAGES.includes(folder) ? folder : `src/${folder}`}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?:\\.\\./)+(?:src/)?(?:${others.join('|')})/`,
              message: 'docs/architecture.md says which way imports point.',
            },
          ],
        },
      ],
    },
  };
}

const boundaries = [
  ...ROOMS.map((room, i) => boundary(room, [...ROOMS.slice(i + 1), ...ENTRIES, ...PAGES])),
  ...[...ENTRIES, ...PAGES].map((entry) =>
    boundary(
      entry,
      [...ENTRIES, ...PAGES].filter((other) => other !== entry),
    ),
  ),
];

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'models/training/', 'src/kernels/', '.venv/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        // A listener or an event handler may be async; its errors are its own.
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // () => f() is the plain way to call f, whatever it returns.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Off: types promise what the newest browser has, and a frame, a worker or Firefox may lack it.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Off: an async function promises, and rejects where it throws, whether it waits or not.
      '@typescript-eslint/require-await': 'off',
      // Off: components take their properties' functions apart, which are no methods.
      '@typescript-eslint/unbound-method': 'off',
      // noUncheckedIndexedAccess makes every pixel possibly undefined; loops over pixels know better.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // What goes on by itself says what becomes of its failure: messages/detach.ts.
    files: [
      'src/!(camera|content)/**/*.{ts,tsx}',
      'src/content/**/*.ts',
      '{options,popup}/**/*.{ts,tsx}',
    ],
    rules: { '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }] },
  },
  {
    // Tests look into pages, whose values have no types.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-implied-eval': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  ...boundaries,
  {
    files: ['**/*.mjs', 'test/site/**/*.js'],
    // The type checker knows the globals of Node and of the browser (scripts/tsconfig.json).
    rules: { 'no-undef': 'off' },
  },
  {
    rules: {
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'no-console': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['scripts/**', 'test/**', '*.mjs'],
    rules: { 'no-console': 'off' },
  },
);
