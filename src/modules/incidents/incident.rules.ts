import { z } from 'zod'
import { IncidentSeverity, type IncidentStatus } from '../../../generated/prisma/enums.ts'
import { anyText } from '../../platform/texts.ts'

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

/** As many as a log line may have attributes: an incident can take over those of the line that shows it. */
export const MAX_LABELS = 64

// Prisma would lose the label that sets the prototype of an object.
const labelName = anyText
  .min(1)
  .max(100)
  .refine((name) => name !== '__proto__', 'this name is not allowed')

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

export const newIncident = z.object({
  title: anyText.trim().min(1).max(300),
  description: anyText.max(20_000).nullish(),
  severity: z.enum(IncidentSeverity),
  source: anyText.min(1).max(100).nullish(),
  fingerprint: anyText.min(1).max(200).nullish(),
  labels: labels.nullish(),
})
export type OpenIncidentInput = z.input<typeof newIncident>

export const requiredNote = z.object({ note: anyText.trim().min(1).max(20_000) })
export const optionalNote = z.object({ note: anyText.trim().max(20_000).nullish() })
