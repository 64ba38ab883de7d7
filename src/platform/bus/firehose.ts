import { z } from 'zod'
import { defineEventTopic, topicName, type Declared, type EventTopic } from './topics.ts'

/** An event of one of many topics, and of which. */
export type AnyEvent = { readonly topic: string; readonly payload: object }

/** The events of many topics of a tenant in one: each is published here too, in the order of its own topic. */
export type Firehose = {
  readonly topic: EventTopic<AnyEvent>
  carries(topic: Declared): boolean
  /** What is on the wire here, made of what is on the wire there. */
  wrap(topic: Declared, text: string): string
}

/**
 * Events come here only while somebody subscribes, and for ten minutes after the last one: else each event would
 * be kept twice for nobody.
 */
const WATCHED_SECONDS = 600
/** Ten topics together: about 10 MB of Redis for a tenant with a subscriber. */
const KEEP = 10_000

export const firehoseOf = (topics: readonly EventTopic<never>[]): Firehose => {
  const names = new Set(topics.map(topicName))
  const members = topics.map((topic) =>
    z.object({ topic: z.literal(topicName(topic)), payload: topic.payload }),
  )
  const payload = z.discriminatedUnion('topic', members as never) as unknown as z.ZodType<AnyEvent>
  return {
    topic: defineEventTopic({
      name: 'activity',
      version: 1,
      payload,
      keep: KEEP,
      watchedSeconds: WATCHED_SECONDS,
    }),
    carries: (topic) => names.has(topicName(topic)),
    wrap: (topic, text) => `{"topic":"${topicName(topic)}","payload":${text}}`,
  }
}
