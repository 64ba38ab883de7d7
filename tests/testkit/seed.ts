import type { App } from '../../src/app.ts'
import { scopes as allScopes, type AccessScope } from '../../src/auth/actions.ts'
import { operator, programActor, type Actor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { encodeGlobalID as globalId } from '../../src/graphql/global-id.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'

export type Seed = ReturnType<typeof createSeed>

let count = 0
const next = (word: string): string => `${word}-${process.pid}-${(count += 1)}`

/** Makes data for tests through the program's own services. Each call makes something new. */
export const createSeed = (modules: App['modules']) => {
  const key = async (
    tenant: TenantId,
    scopes: AccessScope[] = [...allScopes],
    name = 'Test',
  ): Promise<string> => {
    const permit = trustedPermit<'apiKey:write'>(tenant, operator)
    return (await modules.apiKeys.service.issue(permit, { name, scopes, mode: 'test' })).key
  }
  return {
    key,
    /** A tenant of one's own with a key that may do everything. */
    tenant: async () => {
      const slug = next('tenant')
      const tenant = await modules.tenants.service.create({ slug })
      return { tenant, slug, key: await key(tenant) }
    },
    /** A stream; `id` is its row's id, `globalId` what the graph calls it. */
    stream: async (tenant: TenantId, title = 'A stream') => {
      const { stream, streamKey } = await modules.streams.service.create(
        trustedPermit(tenant, programActor('test')),
        {
          title,
          internalName: next('stream'),
        },
      )
      return { ...stream, streamKey, globalId: globalId('Stream', stream.id) }
    },
    incident: async (tenant: TenantId, title = 'Something is wrong') => {
      const incident = await modules.incidents.service.open(trustedPermit(tenant, programActor('test')), {
        title,
        severity: 'HIGH',
      })
      return { ...incident, globalId: globalId('Incident', incident.id) }
    },
    /** An item for `POST /ingest/viewer_samples`, now, unless told otherwise. */
    sample: (internalName: string, viewerCount: number, more: Record<string, unknown> = {}) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      internal_name: internalName,
      viewer_count: viewerCount,
      node_id: 'node-1',
      country_code: 'NL',
      connection_type: 'HLS',
      ...more,
    }),
  }
}

/** Somebody without a credential, at an address of a documentation network unless told. */
export const stranger = (address = '198.51.100.0/24'): Actor => ({
  ...programActor('nobody'),
  kind: 'anonymous',
  address,
})

export { globalId }
