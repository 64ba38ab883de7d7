import type { Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Context } from '../../src/graphql/context.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openAcknowledged } from '../testkit/raw-socket.ts'
import { eventually } from '../testkit/waiters.ts'

/** Queries that take for ever, until what ends the work of the stores ends them. */
const open = new Set<string>()
const endless: Plugin = {
  onExecute: async ({ args }) => {
    const { operationName, contextValue } = args
    const { gone } = contextValue as unknown as Context
    if (operationName == null) return
    open.add(operationName)
    await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }))
    open.delete(operationName)
  },
}

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({ plugins: [endless] })
  ;({ key } = await program.seed.tenant())
})
afterAll(() => program.stop())

const stands = (...names: string[]) => eventually(() => expect([...open]).toEqual(names), 5_000)
const query = (name: string) => ({ query: `query ${name} { __typename }`, operationName: name })

test('a query over a WebSocket ends when its client completes it, and the others go on', async () => {
  const raw = await openAcknowledged(program.url, key)
  raw.send({ id: '1', type: 'subscribe', payload: query('A') })
  await stands('A')
  raw.send({ id: '2', type: 'subscribe', payload: query('B') })
  await stands('A', 'B')
  raw.send({ id: '1', type: 'complete' }, { id: '3', type: 'subscribe', payload: query('C') })
  await stands('B', 'C')
  expect(raw.untaken()).toEqual([])
  raw.cut()
  await stands()
})

test('a query of an SSE stream of many ends when its client deletes it, and when the stream does', async () => {
  const url = `${program.url}/graphql/stream`
  const headers: Record<string, string> = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
  }
  headers['x-graphql-event-stream-token'] = await (await fetch(url, { method: 'PUT', headers })).text()
  const leaving = new AbortController()
  const stream = await fetch(url, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: leaving.signal,
  })
  expect(stream.status).toBe(200)
  const ask = (name: string) =>
    fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...query(name), extensions: { operationId: name } }),
    })
  const answers = [ask('D')]
  await stands('D')
  answers.push(ask('E'))
  await stands('D', 'E')
  await fetch(`${url}?operationId=D`, { method: 'DELETE', headers })
  await stands('E')
  leaving.abort()
  await stands()
  for (const answer of answers) expect((await answer).status).toBe(202)
})
