import type { Command } from 'commander'
import { ACCESS_TOKEN_MS } from '../auth/access-token.ts'
import { createSigningKeys, type SigningKeys } from '../auth/signing-keys.ts'
import { systemClock } from '../platform/clock.ts'
import { createPostgres } from '../platform/postgres/postgres.ts'
import { createMigrations } from './migrations.ts'
import { withCommonFlags, withStores, type CommonFlags } from './operator.ts'
import { printResult } from './output.ts'

/** Runs it on the keys of the stores, with this process's secret. */
const withKeys = (flags: CommonFlags, work: (keys: SigningKeys) => Promise<string>): Promise<string> =>
  withStores(flags, async (stores, { log }) => {
    await createMigrations(stores).apply()
    const postgres = createPostgres({ url: stores.postgresUrl, log, poolSize: 1 })
    try {
      const secret = stores.secret()
      return await work(
        createSigningKeys({ postgres, clock: systemClock, secret, tokenLifeMs: ACCESS_TOKEN_MS }),
      )
    } finally {
      await postgres.close()
    }
  })

/** Keys that sign access tokens. */
export const registerKeys = (program: Command): void => {
  const keys = program.command('keys').description('Keys that sign access tokens')
  withCommonFlags(
    keys
      .command('rotate')
      .description('Sign with a new key; tokens of the old one stay good until they expire'),
  ).action(async (flags: CommonFlags) => {
    const kid = await withKeys(flags, (keys) => keys.rotate())
    printResult(
      flags,
      { kid },
      () => `Tokens are signed with the key ${kid} from now on; running programs notice within 30 s.`,
    )
  })
  withCommonFlags(
    keys
      .command('reset')
      .description(
        'For a secret that is lost or has leaked: throw all keys away and make one with HELIOGRAPH_SECRET as it is now. ' +
          'Access tokens are refused then; sessions go on with their refresh tokens',
      ),
  ).action(async (flags: CommonFlags) => {
    const kid = await withKeys(flags, (keys) => keys.reset())
    printResult(
      flags,
      { kid },
      () =>
        `The key ${kid} is the only one. Running programs notice within 30 s; start those again that have another secret.`,
    )
  })
}
