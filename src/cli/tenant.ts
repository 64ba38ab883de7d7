import type { Command } from 'commander'
import { operator } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import { withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { printResult } from './output.ts'
import { withSwitches } from './switch.ts'

export const registerTenant = (program: Command): void => {
  const tenant = program.command('tenant').description('Tenants')
  withCommonFlags(
    tenant.command('create <slug>').description('Create a tenant with a first project and its environments'),
  )
    .option('--name <name>', 'name for people; the slug unless given')
    .action(async (slug: string, flags: CommonFlags & { name?: string }) => {
      const id = await withServices(flags, ({ tenants }) => tenants.create({ slug, name: flags.name }))
      printResult(flags, { id, slug }, () => `Created the tenant ${slug} (${id}).`)
    })
  withSwitches(tenant, {
    what: 'tenant',
    argument: 'slug',
    deactivate: 'Refuse all keys and members of a tenant, and close what they hold open within 5 s',
    activate: 'Let the keys and members of a tenant that was switched off in again',
    set: async ({ tenants }, slug, active) => {
      const id = await tenants.bySlug(slug)
      return { id, changed: await tenants.setActive(trustedPermit(id, operator), active) }
    },
  })
}
