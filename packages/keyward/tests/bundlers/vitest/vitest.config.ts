import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'jsdom', environment: 'jsdom', include: ['mocks.test.ts'] } },
      { test: { name: 'node', environment: 'node', include: ['real.test.ts'] } },
    ],
  },
});
