import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/template.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: more processes would only wait for each other.
    maxWorkers: 2,
    // Test files share no state, so a worker loads the product once and not for every file.
    isolate: false,
  },
});
