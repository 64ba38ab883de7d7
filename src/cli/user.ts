import type { Command } from 'commander'
import { number } from './number.ts'
import { withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { formatTable, printResult } from './output.ts'
import { stateOf, withSwitches } from './switch.ts'

export const registerUser = (program: Command): void => {
  const user = program.command('user').description('Accounts of people')
  withCommonFlags(user.command('list').description('List the accounts, the newest first, deleted ones too'))
    .option('--last <count>', 'how many, 1 to 10000', number(1, 10_000), 1_000)
    .action(async (flags: CommonFlags & { last: number }) => {
      const accounts = await withServices(flags, (services) => services.accounts.list(flags.last), {
        reads: true,
      })
      const rows = accounts.map(({ id, email, name, createdAt, ...row }) => ({
        id,
        email,
        name,
        state: stateOf(row),
        createdAt: createdAt.toISOString(),
      }))
      printResult(flags, rows, () =>
        formatTable(['id', 'email', 'name', 'state', 'created'], rows.map(Object.values<string>)),
      )
    })
  withSwitches(user, {
    what: 'account',
    argument: 'email',
    deactivate: 'Refuse an account, end its sessions, and close what it holds open within 5 s',
    activate: 'Let an account that was switched off sign in again',
    set: ({ accounts }, email, active) => accounts.setActive(email, active),
  })
}
