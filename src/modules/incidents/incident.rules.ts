import { z } from 'zod'
import { IncidentSeverity, type IncidentStatus } from '../../../generated/prisma/enums.ts'
import { anyText, labelName } from '../../platform/texts.ts'

/**
 * Where an incident may go from where it is. Going back to OPEN or INVESTIGATING from RESOLVED or CLOSED is
 * reopening.
 */
export const transitions: Readonly<Record<IncidentStatus, readonly IncidentStatus[]>> = {
  OPEN: ['INVESTIGATING', 'RESOLVED', 'SUPPRESSED'],
  INVESTIGATING: ['RESOLVED', 'SUPPRESSED'],
  RESOLVED: ['CLOSED', 'OPEN', 'INVESTIGATING'],
  CLOSED: ['OPEN'],
  SUPPRESSED: ['OPEN', 'RESOLVED'],
}

type Taken = {
  readonly firstSeenAt: Date
  readonly acknowledgedAt: Date | null
  readonly resolvedAt: Date | null
  readonly resolvedBy: string | null
}

/**
 * What a new status changes beside the status itself. Who took an incident first, and when it was resolved,
 * stays.
 */
export const effectsOf = (incident: Taken, to: IncidentStatus, by: string, at: Date) => {
  const finished = to === 'RESOLVED' || to === 'CLOSED'
  // Another program's clock may be ahead of this one's: nothing ends before it began.
  const endedAt = at < incident.firstSeenAt ? incident.firstSeenAt : at
  return {
    resolvedAt: finished ? (incident.resolvedAt ?? endedAt) : null,
    resolvedBy: finished ? (incident.resolvedBy ?? by) : null,
    ...(to === 'INVESTIGATING' && !incident.acknowledgedAt && { acknowledgedAt: at, acknowledgedBy: by }),
  }
}

/** As many as a log line may have attributes: an incident can take over those of the line that shows it. */
export const MAX_LABELS = 64

const labels = z
  .array(z.object({ name: labelName, value: anyText.max(1_000) }))
  .max(MAX_LABELS)
  .superRefine((list, { addIssue }) => {
    const seen = new Set<string>()
    for (const [index, { name }] of list.entries()) {
      if (seen.has(name))
        addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is in the list twice` })
      seen.add(name)
    }
  })
  .transform((list) => Object.fromEntries(list.map(({ name, value }) => [name, value])))

/** What the fingerprints of incidents begin with that alert rules open: nobody else may speak for a rule. */
export const RULE_PREFIX = 'rule/'
const dedupKey = anyText
  .min(1)
  .max(200)
  .refine((key) => !key.startsWith(RULE_PREFIX), `what begins with ${RULE_PREFIX} belongs to alert rules`)

/** Characters of a description, and of a note. */
export const LONG_TEXT = 20_000

/** The key of the problem has two names; `fingerprint` is the older one. */
export const newIncident = z
  .object({
    title: anyText.trim().min(1).max(300),
    description: anyText.max(LONG_TEXT).nullish(),
    severity: z.enum(IncidentSeverity),
    source: anyText.min(1).max(100).nullish(),
    dedupKey: dedupKey.nullish(),
    fingerprint: dedupKey.nullish(),
    labels: labels.nullish(),
  })
  .superRefine(({ dedupKey: key, fingerprint }, { addIssue }) => {
    if (key != null && fingerprint != null && key !== fingerprint)
      addIssue({ code: 'custom', path: ['dedupKey'], message: '`fingerprint` is the same: give one of them' })
  })
  .transform(({ dedupKey: key, fingerprint, ...incident }) => ({ ...incident, key: key ?? fingerprint }))
export type OpenIncidentInput = z.input<typeof newIncident>

export const requiredNote = z.object({ note: anyText.trim().min(1).max(LONG_TEXT) })
export const optionalNote = z.object({ note: anyText.trim().max(LONG_TEXT).nullish() })
