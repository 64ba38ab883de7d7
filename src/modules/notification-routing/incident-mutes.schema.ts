import { builder } from '../../graphql/builder.ts'
import { byKey, clockOf, tenantOf } from '../../graphql/context.ts'
import { needs } from '../../graphql/needs.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { Incident } from '../incidents/incident.types.schema.ts'
import { EdgeNode } from '../infrastructure/edge-node.schema.ts'
import { Stream } from '../streaming/stream.schema.ts'
import { Inhibition } from './inhibition.schema.ts'
import { MaintenanceWindow } from './maintenance-window.schema.ts'
import type { Mute } from './mutes.ts'
import { Silence } from './silence.schema.ts'

const MuteReason = builder.enumType('MuteReason', {
  description: 'Why nobody is told that an incident fires.',
  values: {
    SUPPRESSED: { description: 'Somebody has set it to SUPPRESSED.', value: 'SUPPRESSED' as const },
    SILENCE: { description: 'A silence matches it.', value: 'SILENCE' as const },
    INHIBITION: { description: 'Another incident fires that keeps it quiet.', value: 'INHIBITION' as const },
    MAINTENANCE: {
      description:
        'Its edge node or stream has a maintenance window, or its node is DRAINING or in MAINTENANCE.',
      value: 'MAINTENANCE' as const,
    },
  },
})

/** Reasons of one incident that an answer names: who needs more ends these first. */
export const MAX_MUTES = 20

const idOf = (mute: Mute, key: string): string | null =>
  ((mute as Record<string, unknown>)[key] ?? null) as string | null

export const IncidentMute = builder.objectRef<Mute>('IncidentMute').implement({
  description: 'A reason why nobody is told that an incident fires.',
  fields: (t) => ({
    reason: t.expose('reason', { type: MuteReason, description: 'What kind of reason.' }),
    silence: t.field({
      type: Silence,
      nullable: true,
      description: 'The silence; null for another reason.',
      resolve: (mute, _args, context, info) => nodeOf(context, info, 'Silence', idOf(mute, 'silenceId')),
    }),
    inhibition: t.field({
      type: Inhibition,
      nullable: true,
      description: 'The inhibition; null for another reason.',
      resolve: (mute, _args, context, info) =>
        nodeOf(context, info, 'Inhibition', idOf(mute, 'inhibitionId')),
    }),
    source: t.field({
      type: Incident,
      nullable: true,
      description: 'Incident that keeps it quiet by the inhibition; null for another reason.',
      resolve: (mute, _args, context, info) => nodeOf(context, info, 'Incident', idOf(mute, 'sourceId')),
    }),
    maintenanceWindow: t.field({
      type: MaintenanceWindow,
      nullable: true,
      description:
        'The maintenance window; null for another reason, and for a node that is drained without one.',
      resolve: (mute, _args, context, info) =>
        nodeOf(context, info, 'MaintenanceWindow', idOf(mute, 'windowId')),
    }),
    node: t.field({
      type: EdgeNode,
      nullable: true,
      description: 'Edge node under maintenance; null for another reason.',
      resolve: (mute, _args, context, info) => nodeOf(context, info, 'EdgeNode', idOf(mute, 'nodeId')),
    }),
    stream: t.field({
      type: Stream,
      nullable: true,
      description: 'Stream under maintenance; null for another reason.',
      resolve: (mute, _args, context, info) => nodeOf(context, info, 'Stream', idOf(mute, 'streamId')),
    }),
  }),
})

builder.prismaObjectField(Incident, 'mutedBy', (t) =>
  t.field({
    type: [IncidentMute],
    nullable: true,
    description: `Why nobody is told now that it fires, ${MAX_MUTES} reasons at most; empty where people are told, and when it is over. ${needs('silence:read')}`,
    authScopes: { action: 'silence:read' },
    extensions: { cost: { base: 5, items: MAX_MUTES } },
    select: { id: true },
    resolve: async ({ id }, _args, context) => {
      const now = new Date(clockOf(context).now())
      const mutes = byKey(context, 'mutesOfIncidents', (ids) =>
        context.modules.notificationRoutes.queries.mutes(tenantOf(context), ids, now),
      )
      return (await mutes.load(id)).slice(0, MAX_MUTES)
    },
  }),
)
