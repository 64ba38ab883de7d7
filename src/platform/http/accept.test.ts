import { expect, test } from 'vitest'
import { acceptsOf } from './accept.ts'

const JSON_TYPE = 'application/json'
const RESPONSE = 'application/graphql-response+json'
const EVENTS = 'text/event-stream'
const all = `${JSON_TYPE}, ${RESPONSE}, ${EVENTS}, text/html`

test.each([
  [undefined, all],
  ['', all],
  ['*/*', all],
  ['text/*', `${EVENTS}, text/html`],
  ['Text/Event-Stream', EVENTS],
  ['application/*;q=0.5, text/event-stream', `${EVENTS}, ${JSON_TYPE}, ${RESPONSE}`],
  [`${JSON_TYPE};q=0.5, ${RESPONSE}`, `${RESPONSE}, ${JSON_TYPE}`],
  [`${RESPONSE}, ${JSON_TYPE}`, `${RESPONSE}, ${JSON_TYPE}`],
  [`${EVENTS};q=0, */*`, `${JSON_TYPE}, ${RESPONSE}, text/html`],
  [`${EVENTS} ; q=0.0, ${JSON_TYPE}`, JSON_TYPE],
  ['application/json;charset=UTF-8', JSON_TYPE],
  ['application/json;charset=latin1', 'nothing/nothing'],
  [`multipart/mixed;deferSpec=20220824, ${JSON_TYPE}`, JSON_TYPE],
  ['multipart/mixed', 'nothing/nothing'],
  ['image/png', 'nothing/nothing'],
  [',,;;q=', 'nothing/nothing'],
])('%j takes %s', (header, expected) => {
  expect(acceptsOf(header).header).toBe(expected)
})

test('a page and streams of events are told from those that a `*` takes', () => {
  expect(acceptsOf('*/*')).toMatchObject({ json: true, events: 'any', page: false })
  expect(acceptsOf(EVENTS)).toMatchObject({ json: false, events: 'named', page: false })
  expect(acceptsOf('text/html,*/*;q=0.8')).toMatchObject({ json: true, events: 'any', page: true })
  expect(acceptsOf('text/html;q=0,*/*')).toMatchObject({ json: true, events: 'any', page: false })
})
