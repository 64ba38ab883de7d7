import { expect, test } from 'vitest'
import { routingEvents } from '../modules/infrastructure/routing-events.dataset.ts'
import { connectionEventsBetween } from './connections.ts'
import { degradationsBetween } from './degradations.ts'
import { distanceKm, routingEventsOf } from './routing.ts'
import { createWorld } from './world.ts'

const DAY = 86_400_000
const midnight = Date.UTC(2026, 4, 12)
const world = createWorld(7)
const connections = connectionEventsBetween(world, midnight, midnight + DAY)
const today = routingEventsOf(world, connections)

test('distances are along the great circle', () => {
  // Heathrow to JFK is 5,540 km by the usual calculators.
  const way = distanceKm({ latitude: 51.47, longitude: -0.4543 }, { latitude: 40.6413, longitude: -73.7781 })
  expect(Math.round(way / 10)).toBe(554)
  expect(distanceKm({ latitude: 1, longitude: 2 }, { latitude: 1, longitude: 2 })).toBe(0)
})

test('every decision is valid for ingest, has an id of its own, and goes where its viewer went', () => {
  for (const item of today) {
    const { client_address: _sent, ...kept } = routingEvents.schema.parse(item)
    expect(kept).toMatchObject({ selected_node: item.selected_node, client_country: item.client_country })
  }
  expect(new Set(today.map(({ event_id }) => event_id)).size).toBe(today.length)
  const went = connections.filter(({ event_type }) => event_type === 'connect').map(({ node_id }) => node_id)
  const sent = today.filter(({ status }) => status === 'success').map(({ selected_node }) => selected_node)
  expect(sent.toSorted()).toEqual(went.toSorted())
})

test('the node that is taken has the best score of all, and what was turned away was at a bad hour', () => {
  for (const { status, selected_node, node_scores, score } of today) {
    const best = Math.max(...Object.values(node_scores).map((each) => each.score))
    if (status === 'success') {
      expect(node_scores[selected_node]).toEqual({ score, reason: 'taken' })
      expect(score).toBe(best)
    } else expect(best).toBe(0)
  }
  const failed = today.filter(({ status }) => status === 'failed')
  const troubles = degradationsBetween(world, midnight, midnight + DAY, 'history')
  for (const { time } of failed)
    expect(troubles.some(({ startsAt, endsAt }) => time >= startsAt - 60_000 && time <= endsAt)).toBe(true)
  expect(failed.length).toBeGreaterThan(0)
  expect(failed.length).toBeLessThan(today.length / 100)
})

test('while a node is unwell the router goes around it, and says why', () => {
  const worst = degradationsBetween(world, midnight, midnight + DAY, 'history').find(
    ({ condition }) => condition.shift > 0.5,
  )!
  const { node, startsAt, endsAt } = worst
  const during = today.filter(
    ({ time }) => time > startsAt + (endsAt - startsAt) / 4 && time < endsAt - (endsAt - startsAt) / 4,
  )
  const reasons = during.map(({ node_scores }) => node_scores[node.nodeId]!.reason)
  expect(reasons.filter((reason) => reason === 'unwell').length).toBeGreaterThan(during.length / 2)
})
