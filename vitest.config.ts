import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'page',
          environment: 'node',
          include: ['test/page/**/*.test.ts'],
          // As the browser tests, but they wait for more of their time, and nothing is tried twice.
          isolate: false,
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/browser/**/*.test.ts'],
          // Two workers with a browser each, which the files of a worker share: a test waits for longer
          // than it computes, and two cores carry two.
          isolate: false,
          maxWorkers: 2,
          // A real browser on two busy cores loses a click or a frame now and then: what is wrong is
          // wrong twice. scripts/totals.mjs names and counts what needed a second try.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
