import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'node',
          include: ['tests/node/**/*.test.ts', 'tests/behaviour/{node,moving}.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: [
            'tests/behaviour/chromium.test.ts',
            'tests/behaviour/other-browsers.test.ts',
            'tests/browser/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'firefox',
          include: ['tests/browser/session/doors.test.ts'],
          env: { KEYWARD_BROWSER: 'Firefox' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: 'doctor', include: ['tests/doctor/*.test.ts'], testTimeout: 60_000 },
      },
      { test: { name: 'bundlers', include: ['tests/bundlers/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
