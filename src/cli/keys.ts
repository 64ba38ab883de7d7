import type { Command } from 'commander'
import { ACCESS_TOKEN_MS } from '../auth/access-token.ts'
import { createSigningKeys } from '../auth/signing-keys.ts'
import { systemClock } from '../platform/clock.ts'
import { createPostgres } from '../platform/postgres/postgres.ts'
import { createMigrations } from './migrations.ts'
import { withCommonFlags, withStores, type CommonFlags } from './operator.ts'
import { printResult } from './output.ts'

/** Keys that sign access tokens. */
export const registerKeys = (program: Command): void => {
  const keys = program.command('keys').description('Keys that sign access tokens')
  withCommonFlags(
    keys
      .command('rotate')
      .description('Sign with a new key; tokens of the old ones stay good until they expire'),
  ).action(async (flags: CommonFlags) => {
    const kid = await withStores(flags, async (stores, { log }) => {
      await createMigrations(stores).apply()
      const postgres = createPostgres({ url: stores.postgresUrl, log, poolSize: 1 })
      try {
        const secret = stores.secret()
        return await createSigningKeys({
          postgres,
          clock: systemClock,
          secret,
          tokenLifeMs: ACCESS_TOKEN_MS,
        }).rotate()
      } finally {
        await postgres.close()
      }
    })
    printResult(
      flags,
      { kid },
      () => `Tokens are signed with the key ${kid} from now on; running programs notice within 30 s.`,
    )
  })
}
