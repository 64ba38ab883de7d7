import { z } from 'zod'
import { IncidentEventKind, IncidentSeverity, IncidentStatus } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

const incidentChange = z.object({
  /** Id of the line in the timeline; also what makes publishing it twice harmless. */
  id: z.uuid(),
  incidentId: z.uuid(),
  number: z.number().int(),
  kind: z.enum(IncidentEventKind),
  actor: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  note: z.string().nullable(),
  version: z.number().int(),
  title: z.string(),
  severity: z.enum(IncidentSeverity),
  status: z.enum(IncidentStatus),
  at: z.iso.datetime(),
})

/** One change of one incident, with what the incident was right after it. */
export type IncidentChange = z.infer<typeof incidentChange>

/** Every change of every incident of a tenant, in the order of each incident's versions. */
export const incidentChangedTopic = defineEventTopic({
  name: 'incidents',
  version: 1,
  payload: incidentChange,
  keep: 10_000,
})
