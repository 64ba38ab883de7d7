import type { Command } from 'commander'
import { createMigrations } from './migrations.ts'
import { printResult } from './output.ts'
import { withCommonFlags, withStores, type CommonFlags } from './operator.ts'

/** The demo tenant without the simulation: for development against stores of one's own. */
export const registerSeed = (program: Command): void => {
  withCommonFlags(
    program.command('seed').description('Make the demo tenant, its streams and nodes, and a key'),
  ).action(async (flags: CommonFlags) => {
    // `--help` registers every command, and took more than twice as long with the graph.
    const [{ createApp }, { seedDemo }] = await Promise.all([import('../app.ts'), import('../demo/demo.ts')])
    const state = await withStores(
      flags,
      async (stores, { config, log }) => {
        await createMigrations(stores).apply()
        const app = await createApp({ config, log, ...stores, secret: stores.secret() })
        try {
          return await seedDemo(app.modules, config.dataDir)
        } finally {
          await app.stop()
        }
      },
      { makes: true },
    )
    printResult(
      flags,
      { tenant: state.tenant, apiKey: state.apiKey },
      () => `Demo tenant ${state.tenant}\nDemo API key ${state.apiKey}`,
    )
  })
}
