import { dailyCurve } from './geography.ts'
import { personAt, type Person } from './people.ts'
import { noise, pickWeighted, rowUuid, unit } from './random.ts'
import type { World } from './world.ts'

/** Somebody on the broadcaster's site, from the first page to the last. */
export type Visit = {
  readonly sessionId: string
  readonly startedAt: number
  readonly person: Person
  /** A number in [0, 1) for each question about this visit. */
  readonly draw: (question: number) => number
}

const VISIT = 91
const PERSON_OF = 100
const SLOT_MS = 10_000
/** The audience of a country changes little in five minutes, and is asked for once in so many slots. */
const SLOTS_OF_A_BLOCK = 30
/** In ten seconds, were all countries at their best hour; about 3,400 a day. */
const VISITS = 0.9

const sum = (list: readonly { weight: number }[]) => list.reduce((all, { weight }) => all + weight, 0)

/** Who may come at this time, by country, and how many of everybody they are. */
const awakeAt = ({ countries }: World, timeMs: number) => {
  const awake = Array.from(countries, (country) => ({
    country,
    weight: country.weight * dailyCurve(country, timeMs),
  }))
  return { awake, share: sum(awake) / sum(countries) }
}

/** Every visit that starts in [fromMs, toMs), by slot. However a span is cut, its visits are the same. */
export const visitsBetween = (world: World, fromMs: number, toMs: number): Visit[] => {
  const { seed } = world
  const visits: Visit[] = []
  let block = -1
  let audience = awakeAt(world, 0)
  for (let slot = Math.floor(fromMs / SLOT_MS); slot * SLOT_MS < toMs; slot++) {
    if (block !== Math.floor(slot / SLOTS_OF_A_BLOCK)) {
      block = Math.floor(slot / SLOTS_OF_A_BLOCK)
      audience = awakeAt(world, block * SLOTS_OF_A_BLOCK * SLOT_MS)
    }
    const { awake, share } = audience
    const drift = 1 + 0.25 * noise(slot * SLOT_MS, 420_000, seed, VISIT)
    const count = Math.floor(VISITS * share * drift + unit(seed, VISIT, slot))
    for (let nth = 0; nth < count; nth++) {
      const draw = (question: number): number => unit(seed, VISIT, slot, nth, question)
      const startedAt = slot * SLOT_MS + Math.floor(draw(0) * SLOT_MS)
      if (startedAt < fromMs || startedAt >= toMs) continue
      const { country } = pickWeighted(awake, draw(1))
      visits.push({
        sessionId: rowUuid(seed, 'sessions', `${slot}|${nth}`, startedAt),
        startedAt,
        person: personAt(world, country, startedAt, (question) => draw(PERSON_OF + question)),
        draw,
      })
    }
  }
  return visits
}
