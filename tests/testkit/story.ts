import { expect } from 'vitest'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import type { TestClient } from './client.ts'
import { settled } from './waiters.ts'

export type Item = Record<string, unknown>

/** What a subscription tells, as it comes. */
export const follow = (client: TestClient, field: string, selection: string, args = 'withStart: true') => {
  const query = `subscription { ${field}(${args}) { ${selection} } }` as unknown as TypedDocumentString<
    Record<string, Item>,
    object
  >
  const values = client.webSocket().subscribe(query, {})
  const told: Item[] = []
  const next = async (): Promise<Item> => {
    const { value } = await settled(values.next(), 15_000, `more of ${field}`)
    if (!value?.data) throw new Error(JSON.stringify(value))
    const item = value.data[field]!
    told.push(item)
    return item
  }
  /** Reads until one fits: of a state those before it may have been skipped. */
  const until = async (wanted: object): Promise<void> => {
    for (;;) {
      const item = await next()
      try {
        return expect(item).toMatchObject(wanted)
      } catch {
        // Not yet.
      }
    }
  }
  return { next, until, told }
}
