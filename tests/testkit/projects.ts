/** Which test files a project of Vitest has: told by their folder or their name. */
export const projects: Record<'unit' | 'stores' | 'processes', { include: string[]; exclude: string[] }> = {
  /** Needs no store and starts none: the inner loop. */
  unit: {
    include: ['src/**/*.test.ts', 'tests/{contract,real-data}/**/*.test.ts'],
    exclude: ['src/**/*.stores.test.ts'],
  },
  /** Against the real stores of the run, with a database, a prefix or a tenant of its own. */
  stores: {
    include: ['src/**/*.stores.test.ts', 'tests/{fuzz,graph,integration,limits,realtime,walls}/**/*.test.ts'],
    exclude: [],
  },
  /** Starts whole programs. */
  processes: { include: ['tests/{processes,browser}/**/*.test.ts'], exclude: [] },
}
