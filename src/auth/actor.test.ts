import { expect, test } from 'vitest'
import { actorLabel, actorOf, demo, operator } from './actor.ts'
import { anonymous } from './viewer.ts'

test('an actor carries no whole address and no endless user agent, and has a name for timelines', () => {
  const actor = actorOf(anonymous, { address: '203.0.113.77', userAgent: 'x'.repeat(9_999), requestId: 'r' })
  expect(actor).toMatchObject({ kind: 'anonymous', id: null, address: '203.0.113.0/24' })
  expect(actor.userAgent).toHaveLength(256)
  expect(actorLabel({ ...actor, kind: 'apiKey', name: 'Deploy' })).toBe('key:Deploy')
  expect([actorLabel(operator), actorLabel(demo)]).toEqual(['operator', 'demo'])
})
