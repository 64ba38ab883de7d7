import type { Command } from 'commander'
import { withCommonFlags, withServices, type CommonFlags, type Services } from './operator.ts'
import { printResult } from './output.ts'

/** Of something that can be switched off and deleted. */
export const stateOf = ({
  isActive,
  deletedAt,
}: {
  isActive: boolean
  deletedAt: Date | null
}): 'active' | 'inactive' | 'deleted' => (deletedAt ? 'deleted' : isActive ? 'active' : 'inactive')

/**
 * The commands `deactivate` and `activate` of something that can be switched off. `set` answers whether it
 * was otherwise before.
 */
export const withSwitches = (
  command: Command,
  options: {
    what: string
    argument: string
    deactivate: string
    activate: string
    set: (services: Services, name: string, active: boolean) => Promise<{ id: string; changed: boolean }>
  },
): void => {
  const { what, argument, set } = options
  for (const word of ['deactivate', 'activate'] as const)
    withCommonFlags(command.command(`${word} <${argument}>`).description(options[word])).action(
      async (name: string, flags: CommonFlags) => {
        const active = word === 'activate'
        const { id, changed } = await withServices(flags, (services) => set(services, name, active))
        const told = active ? 'is in again.' : 'is out: what it holds open is closed within 5 s.'
        printResult(
          flags,
          { id, [argument]: name, active, changed },
          () => `The ${what} ${name} ${changed ? told : `was ${active ? 'active' : 'inactive'} already.`}`,
        )
      },
    )
}
