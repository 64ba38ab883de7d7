import type { Command } from 'commander'
import type { Verdict } from '../modules/audit/audit.verify.ts'
import { withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { formatCount, printResult } from './output.ts'

type Checked = { tenant: string; ok: boolean } & Verdict

const lines = ({ tenant, ok, rows, head, damage }: Checked): string[] =>
  ok
    ? [`${tenant}: ${formatCount(rows)} rows, whole${head ? `; head ${head.sequence} ${head.hash}` : ''}.`]
    : [
        `${tenant}: ${formatCount(rows)} rows, NOT whole:`,
        ...damage.map(({ kind, message }) => `  ${kind.padEnd(9)}  ${message}`),
      ]

/** Exit code 2 tells a damaged log from a command that could not run (1). */
export const registerAudit = (program: Command): void => {
  const audit = program.command('audit').description('The audit log')
  withCommonFlags(
    audit
      .command('verify')
      .description('Check that no row of the audit log was edited, removed, moved, put in or cut off'),
  )
    .option('--tenant <slug>', 'only this tenant; all of them unless given')
    .action(async (flags: CommonFlags & { tenant?: string }) => {
      const checked = await withServices(flags, async ({ tenants, audit }) => {
        const { tenant: slug } = flags
        const wanted = slug ? [{ tenant: await tenants.bySlug(slug), slug }] : await tenants.list()
        const all: Checked[] = []
        for (const { tenant, slug } of wanted) {
          const verdict = await audit.verify(tenant)
          all.push({ tenant: slug, ok: verdict.damage.length === 0, ...verdict })
        }
        return all
      })
      if (checked.some(({ ok }) => !ok)) process.exitCode = 2
      printResult(flags, checked, () => checked.flatMap(lines).join('\n'))
    })
}
