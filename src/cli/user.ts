import type { Command } from 'commander'
import { withSwitches } from './switch.ts'

export const registerUser = (program: Command): void =>
  withSwitches(program.command('user').description('Accounts of people'), {
    what: 'account',
    argument: 'email',
    deactivate: 'Refuse an account, end its sessions, and close what it holds open within 5 s',
    activate: 'Let an account that was switched off sign in again',
    set: ({ accounts }, email, active) => accounts.setActive(email, active),
  })
