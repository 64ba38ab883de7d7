import type { Command } from 'commander'
import { actorLabel, type Actor } from '../auth/actor.ts'
import type { AuditRow } from '../modules/audit/audit.store.ts'
import type { Verdict } from '../modules/audit/audit.verify.ts'
import { registerPrune } from './audit-prune.ts'
import { chainNamed, chainsOf, withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { number } from './number.ts'
import { formatCount, formatTable, printResult } from './output.ts'

type Checked = { tenant: string; ok: boolean } & Verdict

const lines = ({ tenant, ok, rows, head, damage, more }: Checked): string[] =>
  ok
    ? [`${tenant}: ${formatCount(rows)} rows, whole${head ? `; head ${head.sequence} ${head.hash}` : ''}.`]
    : [
        `${tenant}: ${formatCount(rows)} rows, NOT whole:`,
        ...damage.map(({ kind, message }) => `  ${kind.padEnd(9)}  ${message}`),
        ...(more > 0 ? [`  and ${formatCount(more)} more.`] : []),
      ]

const described = (row: AuditRow): string[] => [
  row.sequence.toString(),
  row.createdAt.toISOString(),
  actorLabel({ kind: row.actorKind as Actor['kind'], name: row.actor }),
  row.action,
  row.resourceType ? `${row.resourceType} ${row.resourceId}` : '',
  row.code ? `${row.outcome} ${row.code}` : row.outcome,
  row.address ?? '',
]

const bytes = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint'
    ? Number(value)
    : value instanceof Uint8Array
      ? Buffer.from(value).toString('hex')
      : value

const registerList = (audit: Command): void => {
  withCommonFlags(
    audit
      .command('list')
      .description('Print the newest rows of the audit log, the newest first')
      .option(
        '--tenant <slug>',
        "of this tenant; unless given, of the platform's chain: what belongs to no tenant",
      )
      .option('--last <count>', 'how many, 1 to 1000', number(1, 1_000), 50),
  ).action(async (flags: CommonFlags & { tenant?: string; last: number }) => {
    const rows = await withServices(
      flags,
      async ({ tenants, audit }) =>
        audit.latest(await chainNamed(tenants, flags.tenant ?? '@platform'), flags.last),
      { reads: true },
    )
    const plain = JSON.parse(JSON.stringify(rows, bytes)) as object[]
    printResult(flags, plain, () =>
      formatTable(['row', 'time', 'actor', 'action', 'resource', 'outcome', 'from'], rows.map(described)),
    )
  })
}

/** Exit code 2 tells a damaged log from a command that could not run (1). */
export const registerAudit = (program: Command): void => {
  const audit = program.command('audit').description('The audit log')
  registerList(audit)
  registerPrune(audit)
  withCommonFlags(
    audit
      .command('verify')
      .description('Check that no row of the audit log was edited, removed, moved, put in or cut off'),
  )
    .option('--tenant <slug>', 'only this tenant; all of them unless given')
    .action(async (flags: CommonFlags & { tenant?: string }) => {
      const checked = await withServices(
        flags,
        async ({ tenants, audit }) => {
          const all: Checked[] = []
          for (const { tenant, slug } of await chainsOf(tenants, flags.tenant)) {
            const verdict = await audit.verify(tenant)
            all.push({ tenant: slug, ok: verdict.damage.length === 0, ...verdict })
          }
          return all
        },
        { reads: true },
      )
      if (checked.some(({ ok }) => !ok)) process.exitCode = 2
      printResult(flags, checked, () => checked.flatMap(lines).join('\n'))
    })
}
