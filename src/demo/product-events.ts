import type { Mode } from './degradations.ts'
import { rowUuid } from './random.ts'
import { storyOf, type Told } from './visit-story.ts'
import { visitsBetween } from './visits.ts'
import type { World } from './world.ts'

/** One item of `POST /ingest/product_events`. */
export type ProductEventItem = Told & {
  readonly event_id: string
  readonly user_id: string
  readonly session_id: string
}

/** No visit takes longer. */
export const VISIT_MAX_MS = 360_000

/**
 * Every product event of [fromMs, toMs), by time: what people do on the broadcaster's site, with errors where
 * a node is unwell. However a span is cut, its events are the same.
 */
export const productEventsBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode = 'live',
): ProductEventItem[] =>
  visitsBetween(world, fromMs - VISIT_MAX_MS, toMs)
    .flatMap((visit) =>
      storyOf(world, visit, mode).flatMap((told, nth) => {
        if (told.time < fromMs || told.time >= toMs) return []
        const { sessionId: session_id, person } = visit
        const event_id = rowUuid(world.seed, 'product_events', `${session_id}|${nth}`, told.time)
        return [{ event_id, user_id: person.userId, session_id, ...told }]
      }),
    )
    .toSorted((a, b) => a.time - b.time || (a.event_id < b.event_id ? -1 : 1))
