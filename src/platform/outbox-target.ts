import type { TenantId } from './ids.ts'
import type { Bus } from './bus/bus.ts'
import { topicName, type EventTopic } from './bus/topics.ts'

/** Where messages go: the names of the topics that it knows, and what publishes one of them. */
export type OutboxTarget = {
  readonly topics: readonly string[]
  /**
   * Answers `unreadable` for what is none of this version's payloads. Must be idempotent by the message's id.
   * Rejects with STORE_UNAVAILABLE where this topic of this tenant can't be reached, which says nothing of others.
   */
  readonly publish: (
    tenant: TenantId,
    topic: string,
    message: { id: string; payload: unknown },
  ) => Promise<'unreadable' | void>
  /** Told of messages that are gone from the outbox, so that none will be published again. */
  readonly settled?: (messages: readonly Settled[]) => Promise<void>
}

export type Settled = { readonly tenant: TenantId; readonly topic: string; readonly id: string }

/** Publishes what the outbox holds under the topic that it names. */
export const publishOutbox = (
  bus: Pick<Bus, 'publish' | 'settle'>,
  topics: readonly EventTopic<unknown>[],
): OutboxTarget => {
  const known = new Map(topics.map((topic) => [topicName(topic), topic]))
  return {
    topics: [...known.keys()],
    publish: async (tenant, name, { id, payload }) => {
      const topic = known.get(name)
      const read = topic?.payload.safeParse(payload)
      if (!topic || !read?.success) return 'unreadable'
      await bus.publish(tenant, topic, { id, payload: read.data })
      return undefined
    },
    settled: (messages) =>
      bus.settle(
        messages.flatMap(({ tenant, topic: name, id }) => {
          const topic = known.get(name)
          return topic ? [{ tenant, topic, id }] : []
        }),
      ),
  }
}
