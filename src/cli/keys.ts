import type { Command } from 'commander'
import { ACCESS_TOKEN_MS } from '../auth/access-token.ts'
import { createSigningKeys, type SigningKeys } from '../auth/signing-keys.ts'
import { systemClock } from '../platform/clock.ts'
import { createChannelSecrets } from '../modules/notifications/channel.secrets.ts'
import { lockedChannels } from '../modules/notifications/locked-channels.store.ts'
import { createPostgres, type Postgres } from '../platform/postgres/postgres.ts'
import { channelAdvice } from './channel-advice.ts'
import { createMigrations } from './migrations.ts'
import { withCommonFlags, withStores, type CommonFlags } from './operator.ts'
import { printResult } from './output.ts'

/** Runs it on the keys of the stores, with this process's secret. */
const withKeys = <T>(
  flags: CommonFlags,
  work: (keys: SigningKeys, postgres: Postgres, secret: string) => Promise<T>,
): Promise<T> =>
  withStores(flags, async (stores, { log }) => {
    await createMigrations(stores).apply()
    const postgres = createPostgres({ url: stores.postgresUrl, log, poolSize: 1 })
    try {
      const secret = stores.secret()
      return await work(
        createSigningKeys({ postgres, clock: systemClock, secret, tokenLifeMs: ACCESS_TOKEN_MS }),
        postgres,
        secret,
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
          'Access tokens are refused then; sessions go on with their refresh tokens. Notification channels are encrypted ' +
          'with the same secret: each needs its target anew, and the answer says how many',
      ),
  ).action(async (flags: CommonFlags) => {
    const done = await withKeys(flags, async (keys, postgres, secret) => ({
      kid: await keys.reset(),
      lockedChannels: await lockedChannels(postgres, createChannelSecrets(secret)),
    }))
    printResult(flags, done, () =>
      [
        `The key ${done.kid} is the only one. Running programs notice within 30 s; start those again that have another secret.`,
        channelAdvice(done.lockedChannels),
      ]
        .join('\n')
        .trimEnd(),
    )
  })
}
