import { InvalidArgumentError, type Command } from 'commander'
import { pruneChain } from '../modules/audit/audit.prune.store.ts'
import { AppError } from '../platform/errors.ts'
import { connected } from '../platform/postgres/connect.ts'
import { chainsOf, withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { createProgressLine, formatCount, printResult } from './output.ts'

type Pruned = { tenant: string; ok: boolean; removed: number }

/** Postgres counts back in its own calendar; the bounds keep it within the years that it knows. */
const age = (text: string): string => {
  if (/^P(?=.*[1-9])(\d{1,3}Y)?(\d{1,4}M)?(\d{1,5}D)?$/.test(text)) return text
  throw new InvalidArgumentError('Expected years, months and days as in ISO 8601, such as P2Y or P1Y6M.')
}

const line = ({ tenant, ok, removed }: Pruned): string =>
  ok
    ? `${tenant}: ${removed === 0 ? 'nothing' : `${formatCount(removed)} rows`} removed.`
    : `${tenant}: NOT whole, so nothing removed: look with "heliograph audit verify --tenant ${tenant}".`

/** Exit code 2 tells of a damaged chain, as of `verify`: what would be removed is the evidence. */
export const registerPrune = (audit: Command): void => {
  withCommonFlags(
    audit
      .command('prune')
      .description('Remove the oldest rows of the audit log for good, as the owner of the tables')
      .option('--tenant <slug>', 'only of this tenant; of all unless given')
      .option(
        '--older-than <age>',
        'rows of at least this age, such as P2Y (years, months, days)',
        age,
        'P2Y',
      ),
  ).action(async (flags: CommonFlags & { tenant?: string; olderThan: string }) => {
    const progress = createProgressLine()
    const pruned = await withServices(flags, ({ tenants, audit }, { ownerUrl }) => {
      if (!ownerUrl)
        throw new AppError(
          'CONFLICT',
          "DATABASE_URL's role may not remove rows of the audit log. Set DATABASE_OWNER_URL to the owning role.",
        )
      return connected(ownerUrl, 'DATABASE_OWNER_URL', async (owner) => {
        const { rows } = await owner.query<{ before: Date }>('SELECT now() - $1::interval AS before', [
          flags.olderThan,
        ])
        const { before } = rows[0]!
        const all: Pruned[] = []
        for (const { tenant, slug } of await chainsOf(tenants, flags.tenant)) {
          const ok = (await audit.verify(tenant)).damage.length === 0
          const onRemoved = (removed: number): void =>
            progress.update(`${slug}: ${formatCount(removed)} rows removed`)
          all.push({
            tenant: slug,
            ok,
            removed: ok ? await pruneChain(owner, tenant, before, { onRemoved }) : 0,
          })
        }
        return all
      })
    })
    progress.clear()
    if (pruned.some(({ ok }) => !ok)) process.exitCode = 2
    printResult(flags, pruned, () => pruned.map(line).join('\n'))
  })
}
