import { z } from 'zod'
import type { Actor } from '../../auth/actor.ts'
import { hashSecret } from '../../auth/api-key.ts'
import { machinePermit } from '../../auth/permit.ts'
import { isSecretToken } from '../../auth/secret-token.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { ConflictError, CredentialsError } from '../../platform/problems.ts'
import { given, validate } from '../../platform/validate.ts'
import type { Changes } from '../audit/audit.change.ts'
import type { ApiKeyService } from '../identity/api-key.service.ts'
import type { BootstrapTokenStore } from './bootstrap-token.store.ts'
import { newNode } from './edge-node.rules.ts'
import type { EdgeNodeFields, EdgeNodeRow, EdgeNodeStore } from './edge-node.store.ts'

const registration = newNode.extend({ token: z.string() })
export type Registration = z.input<typeof registration>

const refused = () =>
  new CredentialsError(
    'This token registers no edge node. It may have expired or been used or revoked: make another with createBootstrapToken.',
    ['token'],
  )
const hashOf = (token: string) => new Uint8Array(hashSecret(token))

/** How an edge node becomes one of a cluster: it brings a token, and goes with a key of its own. */
export const createRegistrationService = (deps: {
  nodes: EdgeNodeStore
  tokens: BootstrapTokenStore
  keys: Pick<ApiKeyService, 'ofNode'>
  tenantOf: (hash: Buffer) => Promise<TenantId | undefined>
  changes: Changes
  clock: Clock
}) => {
  const { nodes, tokens, keys, tenantOf, changes, clock } = deps
  return {
    /**
     * A node that registers again, in the same cluster, is the same node: what it had stays, its key is a new
     * one and the one before ends. Throws ValidationError, CredentialsError (the token), ConflictError (the
     * slug is a node's of another cluster).
     */
    register: async (
      actor: Actor,
      input: Registration,
    ): Promise<{ edgeNode: EdgeNodeRow; apiKey: string }> => {
      const { token, slug, ...rest } = validate(registration, input)
      if (!isSecretToken('bootstrap', token)) throw refused()
      const tenant = await tenantOf(hashSecret(token))
      if (!tenant) throw refused()
      const at = new Date(clock.now())
      const node = actor.kind === 'anonymous' ? { ...actor, name: `edge-node:${slug}` } : actor
      const permit = machinePermit(tenant, node)
      const done = await changes(permit, async (tx) => {
        const taken = await tokens.take(tx, tenant, { hash: hashOf(token), usedBy: slug, at })
        if (!taken) return null
        const fields = given(rest) as EdgeNodeFields
        const change = await nodes.register(tx, permit, { slug, clusterId: taken.clusterId, ...fields }, at)
        if (change === 'elsewhere')
          throw new ConflictError(
            `There is an edge node "${slug}" in another cluster. Choose another slug, or delete that node first.`,
            ['slug'],
          )
        const { key } = await keys.ofNode(tx, tenant, slug)
        return { ...change, result: { edgeNode: change.result, apiKey: key } }
      })
      if (!done) throw refused()
      return done
    },
  }
}
