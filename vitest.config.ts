import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'tests/**/*.test.ts'],
    isolate: false,
    pool: 'forks',
    // One more than the two processors: some tests wait for a deadline, and another one has the time meanwhile.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['dot'],
  },
})
