import { expect, test } from 'vitest'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import { streamHealthLive } from './stream-health.live.ts'

const now = Date.UTC(2026, 0, 1)
const lineOf = (agoMs: number): unknown[] => {
  const item = streamHealthSamples.schema.parse({ time: now - agoMs, internal_name: 'camera' })
  return JSON.parse(streamHealthSamples.toLine(trustTenantId(uuidv7()), item, uuidv7())) as unknown[]
}

test('history is told to nobody', () => {
  expect(streamHealthLive.tell([], now)).toBeUndefined()
  expect(streamHealthLive.tell([lineOf(600_001)], now)).toBeUndefined()
  expect(streamHealthLive.tell([lineOf(600_001), lineOf(600_000)], now)).toBeDefined()
})
