import type { z } from 'zod'

/** What both kinds declare. */
export type Contract<T> = {
  /** Lower-case words joined by hyphens; part of the key, so a new name is a new topic. */
  readonly name: string
  /**
   * Raised when a payload changes so that an older reader would misread it. Old and new live side by side
   * meanwhile.
   */
  readonly version: number
  /** What is on the wire: JSON. Checked when it is published and again when it is received. */
  readonly payload: z.ZodType<T>
}

/** The newest value counts: a lost or skipped message is replaced by the next, or by a new snapshot. */
export type StateTopic<T> = Contract<T> & { readonly kind: 'state' }

/** Every one counts: kept in a tail, so that readers can resume and a lost message can be read again. */
export type EventTopic<T> = Contract<T> & {
  readonly kind: 'event'
  /** About how many events the tail keeps for one tenant. It bounds how long a reader may be away. */
  readonly keep: number
  /**
   * So many seconds after the last subscriber the tail is forgotten, and nothing is published while there is
   * none: for facts, which come in thousands whether or not anybody looks. Whoever comes back later is told
   * to load again.
   */
  readonly watchedSeconds?: number
}

export type Declared = { readonly name: string; readonly version: number }

const checked = <T extends Declared>(topic: T): T => {
  if (!/^[a-z][a-z0-9-]*$/.test(topic.name) || !Number.isInteger(topic.version) || topic.version < 1)
    throw new TypeError(`topic ${topic.name} needs a plain name and a version from 1`)
  return topic
}

/** Declares a state topic, once, in a `*.topics.ts` file. */
export const defineStateTopic = <T>(topic: Contract<T>): StateTopic<T> => checked({ ...topic, kind: 'state' })

/**
 * Declares an event topic. `keep` is 1,000 unless it says more: an hour of a busy topic, and at about 1 KB
 * each 1 MB of Redis a tenant.
 */
export const defineEventTopic = <T>(
  topic: Contract<T> & { keep?: number; watchedSeconds?: number },
): EventTopic<T> => checked({ keep: 1_000, ...topic, kind: 'event' })

/** The unit name of a topic: its version is part of it from the second on. */
export const topicName = ({ name, version }: Declared): string =>
  version === 1 ? name : `${name}.v${version}`
