import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createGraphiql } from './graphiql.ts'

const served = async (): Promise<(headers: Record<string, string>) => Promise<string>> => {
  const graphiql = createGraphiql({ apiKey: 'hg_live_demo' })
  const server = createServer((request, response) => graphiql().page(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return async (headers) => {
    const [response] = (await once(get({ port, host: '127.0.0.1', headers }), 'response')) as [
      IncomingMessage,
    ]
    return text(response)
  }
}

test('the page is told which fields are events, each of which is shown, and not the newest alone', async () => {
  const page = await served()
  const [, settings = ''] = /<script id="settings"[^>]*>(.*?)<\/script>/s.exec(await page({})) ?? []
  const { events } = JSON.parse(settings) as { events: string[] }
  expect(events).toEqual(
    expect.arrayContaining(['incidentChanged', 'connectionEvents', 'logAdded', 'tenantActivity']),
  )
  expect(events).not.toContain('liveViewers')
})

test('the key of the demo is filled in for a browser that asks this machine for itself, and for nobody else', async () => {
  const page = await served()
  expect(await page({ host: 'localhost:4000' })).toContain('hg_live_demo')
  for (const headers of [
    { host: 'rebound.example' },
    { host: 'localhost', 'x-forwarded-for': '192.0.2.7' },
  ]) {
    const html = await page(headers)
    expect(html).toContain('GraphiQL')
    expect(html).not.toContain('hg_live_demo')
  }
})
