import { z } from 'zod'
import {
  AlertAggregate,
  AlertNoData,
  AlertOperator,
  IncidentSeverity,
} from '../../../generated/prisma/enums.ts'
import { formatDuration, parseDuration } from '../../platform/duration.ts'
import { AppError } from '../../platform/errors.ts'
import { anyText, labelName, MAX_LABEL_NAME, nameOf } from '../../platform/texts.ts'
import { channelName } from '../notifications/channel-name.ts'
import { parseRuleFilter, ruleFilter } from './rule-filter.ts'

/** As many as an incident's own and those of its series leave room for. */
const MAX_LABELS = 32
const MAX_GROUPS = 5
/** Characters of a rule as JSON: its labels, its annotations and all else. */
export const DEFINITION_CHARACTERS = 2 * MAX_LABELS * (1_000 + MAX_LABEL_NAME) + 10_000
const DAY_MS = 86_400_000

/** A duration as text, or as the milliseconds that are stored. */
const duration = (minMs: number, maxMs: number) =>
  z.string().transform((text, { addIssue }) => {
    try {
      const ms = parseDuration(text, { zero: true })
      if (ms >= minMs && ms <= maxMs) return ms
      addIssue({ code: 'custom', message: `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}` })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      addIssue({ code: 'custom', message: error.message })
    }
    return z.NEVER
  })

const pair = z.object({ name: labelName, value: anyText.max(1_000) })
/** An object of names and texts, as in a file, or the list of them that the API takes. */
const labels = z
  .union([z.record(labelName, anyText.max(1_000)), z.array(pair)], {
    error: 'names with texts of at most 1,000 characters are expected, such as { team: "video" }',
  })
  .transform((given, { addIssue }) => {
    const list = Array.isArray(given)
      ? given.map(({ name, value }) => [name, value] as const)
      : Object.entries(given)
    const own = Object.fromEntries(list)
    if (Object.keys(own).length < list.length)
      addIssue({ code: 'custom', message: 'each name may be there once' })
    if (list.length > MAX_LABELS) addIssue({ code: 'custom', message: `at most ${MAX_LABELS}` })
    return own
  })

const filter = ruleFilter.transform((given, { addIssue }) => {
  try {
    parseRuleFilter(given)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    addIssue({ code: 'custom', message: error.message })
  }
  return given
})
/** The store tells larger ones inexactly, and then no file that says one would ever be as it is. */
const MAX_NUMBER = 1e19
const number = z
  .number()
  .refine((value) => Math.abs(value) <= MAX_NUMBER, 'a number of at most 1e19 either way is expected')
const unique = (list: readonly string[]): boolean => new Set(list).size === list.length

/**
 * A rule as people write it, in the API and in files; see docs/alerting.md. What is not given, or null, has its default.
 * Durations become milliseconds.
 */
export const ruleDefinition = z.strictObject({
  name: nameOf(200),
  description: anyText
    .max(2_000)
    .nullish()
    .transform((text) => text ?? ''),
  enabled: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? true),
  dataset: z.string(),
  aggregate: z.enum(AlertAggregate),
  field: z
    .string()
    .nullish()
    .transform((name) => name ?? null),
  filter: filter.nullish().transform((given) => given ?? {}),
  outOf: filter.nullish().transform((given) => given ?? {}),
  groupBy: z
    .array(anyText.min(1).max(MAX_LABEL_NAME))
    .max(MAX_GROUPS)
    .refine(unique, 'each label may be there once')
    .nullish()
    .transform((list) => list ?? []),
  operator: z.enum(AlertOperator).nullish(),
  threshold: number.nullish(),
  criticalThreshold: number.nullish().transform((value) => value ?? null),
  recoveryThreshold: number.nullish().transform((value) => value ?? null),
  window: duration(1_000, DAY_MS),
  for: duration(0, DAY_MS)
    .nullish()
    .transform((ms) => ms ?? 0),
  keepFiringFor: duration(0, DAY_MS)
    .nullish()
    .transform((ms) => ms ?? 0),
  reopenWithin: duration(0, 7 * DAY_MS)
    .nullish()
    .transform((ms) => ms ?? 600_000),
  delay: duration(0, 3_600_000)
    .nullish()
    .transform((ms) => ms ?? null),
  minSamples: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .nullish()
    .transform((count) => count ?? 1),
  noData: z
    .enum(AlertNoData)
    .nullish()
    .transform((policy) => policy ?? 'OK'),
  severity: z
    .enum(IncidentSeverity)
    .nullish()
    .transform((severity) => severity ?? 'MEDIUM'),
  criticalSeverity: z
    .enum(IncidentSeverity)
    .nullish()
    .transform((severity) => severity ?? 'CRITICAL'),
  labels: labels.nullish().transform((given) => given ?? {}),
  annotations: labels.nullish().transform((given) => given ?? {}),
  channels: z
    .array(channelName)
    .max(20)
    .refine(unique, 'each channel may be there once')
    .nullish()
    .transform((list) => list ?? []),
})
export type RuleInput = z.input<typeof ruleDefinition>
export type RuleDefinition = z.output<typeof ruleDefinition>
