import type { Command } from 'commander'
import { operator } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import { withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { formatTable, printResult } from './output.ts'
import { stateOf, withSwitches } from './switch.ts'

export const registerTenant = (program: Command): void => {
  const tenant = program.command('tenant').description('Tenants')
  withCommonFlags(
    tenant.command('create <slug>').description('Create a tenant with a first project and its environments'),
  )
    .option('--name <name>', 'name for people; the slug unless given')
    .action(async (slug: string, flags: CommonFlags & { name?: string }) => {
      const id = await withServices(flags, ({ tenants }) => tenants.create({ slug, name: flags.name }), {
        makes: true,
      })
      printResult(flags, { id, slug }, () => `Created the tenant ${slug} (${id}).`)
    })
  withCommonFlags(tenant.command('list').description('List the tenants by slug, deleted ones too')).action(
    async (flags: CommonFlags) => {
      const tenants = await withServices(flags, (services) => services.tenants.list(), { reads: true })
      const rows = tenants.map(({ tenant, slug, name, createdAt, ...row }) => ({
        id: tenant,
        slug,
        name,
        state: stateOf(row),
        createdAt: createdAt.toISOString(),
      }))
      printResult(flags, rows, () =>
        formatTable(['id', 'slug', 'name', 'state', 'created'], rows.map(Object.values<string>)),
      )
    },
  )
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
