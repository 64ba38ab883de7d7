import { expect, test } from 'vitest'
import { trustTenantId } from '../platform/ids.ts'
import { createRequestIds } from './event-ids.ts'

const tenant = trustTenantId('0198c0de-0000-7000-8000-000000000001')

const ids = (key: string) => {
  const idOf = createRequestIds(tenant, 'log_events', key)
  return Array.from({ length: 300 }, (_, index) => idOf(index))
}

test('the ids of a request are in the order of its items, and the same again are the same', () => {
  const first = ids('a')
  expect(first.toSorted()).toEqual(first)
  expect(ids('a')).toEqual(first)
  expect(new Set([...first, ...ids('b')]).size).toBe(600)
  for (const id of first)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})
