import { z } from 'zod'
import type { Prisma } from '../../../generated/prisma/client.ts'
import { isZone } from '../../platform/time-zone.ts'
import type { Rotation } from './shifts.ts'

const participant = z.object({ name: z.string(), channelId: z.string() })
const override = participant.extend({ from: z.coerce.date(), to: z.coerce.date() })

type Columns = Pick<
  Prisma.OnCallScheduleGetPayload<object>,
  'timezone' | 'startsAt' | 'shiftMs' | 'participants' | 'overrides'
>

/** Fields of one schedule in one answer share the row, and what was read of it. */
const known = new WeakMap<Columns, Rotation>()

const read = (row: Columns): Rotation => ({
  timezone: isZone(row.timezone) ? row.timezone : 'UTC',
  startsAt: row.startsAt,
  shiftMs: Number(row.shiftMs),
  participants: z.array(participant).parse(row.participants),
  overrides: z.array(override).parse(row.overrides),
})

/** The columns as what `shifts.ts` takes. A zone that there is none of is UTC: somebody is told all the same. */
export const rotationOf = (row: Columns): Rotation => {
  const rotation = known.get(row) ?? read(row)
  known.set(row, rotation)
  return rotation
}
