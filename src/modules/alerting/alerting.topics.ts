import { z } from 'zod'
import { AlertLevel, AlertState } from '../../../generated/prisma/enums.ts'
import { defineEventTopic } from '../../platform/bus/topics.ts'

const alertStateChange = z.object({
  /** Also what makes publishing it twice harmless. */
  id: z.uuid(),
  ruleId: z.uuid(),
  rule: z.string(),
  fingerprint: z.string(),
  labels: z.record(z.string(), z.string()),
  before: z.enum(AlertState),
  after: z.enum(AlertState),
  level: z.enum(AlertLevel).nullable(),
  value: z.number().nullable(),
  at: z.iso.datetime(),
})

/** One change of the state of one series of an alert rule. */
export type AlertStateChange = z.infer<typeof alertStateChange>

/** Every change of state of every series of a tenant's rules. The evaluator writes it (alert_rules' migration). */
export const alertStateChangedTopic = defineEventTopic({
  name: 'alert-states',
  version: 1,
  payload: alertStateChange,
  keep: 10_000,
})
