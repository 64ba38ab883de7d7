import type { Command } from 'commander'
import { scopes, type AccessScope } from '../auth/actions.ts'
import { operator } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import { expiry } from './expiry.ts'
import { keyNamed } from './named.ts'
import { withCommonFlags, withServices, type CommonFlags } from './operator.ts'
import { formatTable, printResult } from './output.ts'

type ForTenant = CommonFlags & { tenant: string }
type ForNewKey = ForTenant & {
  scopes: string
  project?: string
  name: string
  test?: boolean
  expires?: Date
}

const shown = (at: Date | null): string => at?.toISOString() ?? ''

const create = (apiKey: Command): Command =>
  withCommonFlags(apiKey.command('create').description('Make an API key and print it, once'))
    .requiredOption('--tenant <slug>', 'whose key it is')
    .requiredOption('--scopes <scopes>', `what it may do: ${scopes.join(', ')}, separated by commas`)
    .option('--project <slug>', 'one project, which is all that it reaches; all of the tenant unless given')
    .option('--name <name>', 'name for people', 'Command line')
    .option('--test', 'a key for tests: hg_test_… instead of hg_live_…')
    .option(
      '--expires <when>',
      'end of the key: a time (2027-01-31T00:00:00Z) or from now on (P90D); none unless given',
      expiry,
    )
    .action(async (flags: ForNewKey) => {
      const issued = await withServices(flags, async ({ tenants, apiKeys }) =>
        apiKeys.issue(trustedPermit(await tenants.bySlug(flags.tenant), operator), {
          name: flags.name,
          projectSlug: flags.project,
          scopes: flags.scopes.split(',').map((scope) => scope.trim()) as AccessScope[], // it checks them
          mode: flags.test ? 'test' : 'live',
          expiresAt: flags.expires,
        }),
      )
      const { id, key, expiresAt } = issued
      const end = expiresAt ? ` It works until ${shown(expiresAt)}.` : ''
      printResult(
        flags,
        { id, key, expiresAt },
        () => `${key}\n\nKeep it: it is shown here once and stored only as a hash.${end}`,
      )
    })

const stateOf = ({ revokedAt, expiresAt }: { revokedAt: Date | null; expiresAt: Date | null }): string =>
  revokedAt ? 'revoked' : expiresAt && expiresAt.getTime() <= Date.now() ? 'expired' : 'active'

const list = (apiKey: Command): Command =>
  withCommonFlags(
    apiKey.command('list').description('List the keys of a tenant, newest first, without their secrets'),
  )
    .requiredOption('--tenant <slug>', 'whose keys')
    .action(async (flags: ForTenant) => {
      const keys = await withServices(
        flags,
        async ({ tenants, apiKeys }) => apiKeys.list(await tenants.bySlug(flags.tenant)),
        { reads: true },
      )
      const rows = keys.map(({ id, name, prefix, scopes, usageCount, ...key }) => ({
        id,
        name,
        prefix,
        scopes,
        state: stateOf(key),
        usageCount: Number(usageCount),
        createdAt: key.createdAt,
        lastUsedAt: key.lastUsedAt,
        expiresAt: key.expiresAt,
        revokedAt: key.revokedAt,
      }))
      printResult(flags, rows, () =>
        formatTable(
          [
            'id',
            'name',
            'prefix',
            'scopes',
            'state',
            { header: 'uses', align: 'right' },
            'last used',
            'expires',
          ],
          rows.map((row) => [
            row.id,
            row.name,
            row.prefix,
            row.scopes.join(','),
            row.state,
            row.usageCount,
            shown(row.lastUsedAt),
            shown(row.expiresAt),
          ]),
        ),
      )
    })

const revoke = (apiKey: Command): Command =>
  withCommonFlags(
    apiKey
      .command('revoke <key>')
      .description(
        'End a key now, named by its id or by its prefix; what it holds open is closed within 5 s',
      ),
  )
    .requiredOption('--tenant <slug>', 'whose key it is')
    .action(async (name: string, flags: ForTenant) => {
      const { id, prefix, revokedAt } = await withServices(flags, async ({ tenants, apiKeys }) => {
        const tenant = await tenants.bySlug(flags.tenant)
        const { id } = await keyNamed(apiKeys, tenant, name)
        return apiKeys.revoke(trustedPermit(tenant, operator), id)
      })
      printResult(
        flags,
        { id, prefix, revokedAt },
        () => `The key ${prefix}… works no more since ${shown(revokedAt)}.`,
      )
    })

export const registerApiKey = (program: Command): void => {
  const apiKey = program.command('api-key').description('API keys')
  create(apiKey)
  list(apiKey)
  revoke(apiKey)
}
