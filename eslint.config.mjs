import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The rooms of the code. A file may import from rooms of the lines before its own, from its own
 * room, and from no other.
 */
const ROOMS = [
  ['core'],
  ['protocol'],
  ['storage', 'media', 'engine/worker'],
  ['words', 'engine/client', 'engine/host'],
  ['page'],
  ['pages/shared'],
  [
    'background',
    'pages/palette',
    'pages/options',
    'pages/editor',
    'pages/camera',
    'pages/grant',
    'pages/welcome',
  ],
];

/**
 * That the files of a room import from none of these.
 * @param {string} room
 * @param {readonly string[]} others
 * @returns {import('typescript-eslint').ConfigArray[number]}
 */
function boundary(room, others) {
  // A neighbour in the same folder, such as engine/host beside engine/worker, is ../host/.
  const folder = room.slice(0, room.indexOf('/') + 1);
  const beside = folder
    ? others.filter((other) => other.startsWith(folder)).map((other) => other.slice(folder.length))
    : [];
  return {
    files: [`src/${room}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?:\\.\\./)+(?:${[...others, ...beside].join('|')})/`,
              message: 'docs/architecture.md says which way imports point.',
            },
          ],
        },
      ],
    },
  };
}

const boundaries = ROOMS.flatMap((line, i) =>
  line.map((room) =>
    boundary(
      room,
      ROOMS.slice(i)
        .flat()
        .filter((other) => other !== room),
    ),
  ),
);

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'models/training/', 'src/engine/worker/wasm/', '.venv/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] } },
    },
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
    // What goes on by itself says what becomes of its failure: core/detach.ts.
    files: ['{src,options,popup}/**/*.{ts,tsx}'],
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
      // A fixture that needs no other one takes {}: vitest reads its parameter's names.
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
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
