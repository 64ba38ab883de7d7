import { z } from 'zod'
import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { validate } from '../../platform/validate.ts'
import { bodyTemplate, subjectTemplate } from './channel.rules.ts'
import type { ChannelStore } from './channel.store.ts'
import type { LinkTo } from './links.ts'
import type { ToldIncident } from './message.ts'
import type { IncidentReads, RuleReads } from './notification.store.ts'
import { exampleIncident, messageOf } from './sample-message.ts'
import { rendered } from './templates.ts'

export type PreviewAsk = {
  readonly channelId?: string | undefined
  readonly incidentId?: string | undefined
  readonly subject?: string | null | undefined
  readonly body?: string | null | undefined
}
/** As those that channels have. */
const templatesGiven = z.object({ subject: subjectTemplate, body: bodyTemplate })
type IncidentRow = Prisma.IncidentGetPayload<object>
type RuleRow = Prisma.AlertRuleGetPayload<object>
const signs = { GT: '>', GTE: '>=', LT: '<', LTE: '<=', EQ: '=', NEQ: '!=' } as const

const toldOf = (row: IncidentRow, rule: RuleRow | null): ToldIncident => ({
  id: row.id,
  number: row.number,
  title: row.title,
  description: row.description,
  severity: row.severity,
  status: row.status === 'RESOLVED' || row.status === 'CLOSED' ? 'RESOLVED' : 'FIRING',
  labels: row.labels as Record<string, string>,
  acknowledgedBy: row.acknowledgedBy,
  startedAt: row.firstSeenAt.toISOString(),
  resolvedAt: row.resolvedAt?.toISOString() ?? null,
  occurrences: row.occurrences,
  value: row.value?.toNumber() ?? null,
  threshold: row.threshold?.toNumber() ?? null,
  rule: rule && {
    id: rule.id,
    name: rule.name,
    operator: signs[rule.operator],
    windowSeconds: rule.windowMs / 1_000,
  },
})

/** Templates as they would be filled in, before anybody is told by them. */
export const createPreviewService = (deps: {
  readonly channels: Pick<ChannelStore, 'reads'>
  readonly incidents: IncidentReads
  readonly rules: RuleReads
  readonly linkTo: LinkTo
  readonly clock: Clock
}) => {
  const { channels, incidents, rules, linkTo, clock } = deps

  /** Undefined for the id of none. */
  const incidentOf = async (tenant: TenantId, id: string | undefined): Promise<ToldIncident | undefined> => {
    const row =
      id === undefined
        ? (await incidents.page(tenant, { orderBy: { createdAt: 'desc' }, take: 1 }))[0]
        : await incidents.find(tenant, { id })
    if (!row) return id === undefined ? exampleIncident(new Date(clock.now())) : undefined
    const { ruleId } = row
    return toldOf(row, ruleId === null ? null : await rules.find(tenant, { id: ruleId }))
  }

  return {
    /** Null for what there is not. Throws ValidationError for templates that can't be. */
    preview: async (tenant: TenantId, { channelId, incidentId, subject, body }: PreviewAsk) => {
      validate(templatesGiven, { subject, body })
      const channel = channelId === undefined ? null : await channels.reads.find(tenant, { id: channelId })
      if (!channel && channelId !== undefined) return null
      const templates = {
        subject: subject ?? channel?.subjectTemplate ?? null,
        body: body ?? channel?.bodyTemplate ?? null,
      }
      const incident = await incidentOf(tenant, incidentId)
      if (!incident) return null
      const message = messageOf(incident, new Date(clock.now()))
      return rendered(templates, message, channel?.name ?? 'a channel', linkTo)
    },
  }
}
