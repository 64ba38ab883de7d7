import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import { projection } from '../../ingest/projection.ts'
import type { Heartbeat } from './edge-node.rules.ts'
import type { EdgeNodeService } from './edge-node.service.ts'
import { nodeSamples } from './node-samples.dataset.ts'

type Follows = { readonly edgeNodes: { readonly service: Pick<EdgeNodeService, 'follow'> } }

const actor = programActor('ingest')

/**
 * A sample is a heartbeat. What nodes send that nobody has made is left: the samples stay, and are asked for
 * by name.
 */
export const nodeSamplesProjection = ({ edgeNodes }: Follows) =>
  projection(nodeSamples, async (tenant, rows) => {
    const heartbeats = Map.groupBy(rows, ({ node_id }) => node_id)
    const facts = new Map(
      Array.from(heartbeats, ([slug, own]) => [
        slug,
        own.map(({ time, health_score: healthScore, is_healthy: isHealthy }): Heartbeat => ({
          at: new Date(time),
          ...(healthScore !== undefined && { healthScore }),
          ...(isHealthy !== undefined && { isHealthy }),
        })),
      ]),
    )
    await edgeNodes.service.follow(trustedPermit<'infrastructure:write'>(tenant, actor), facts)
  })
