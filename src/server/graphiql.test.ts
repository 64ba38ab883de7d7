import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createGraphiql } from './graphiql.ts'

test('the page is told which fields are events, each of which is shown, and not the newest alone', () => {
  let html = ''
  const response = { writeHead: () => undefined, end: (text: string) => (html = text) }
  createGraphiql()().page(response as unknown as ServerResponse)
  const [, settings = ''] = /<script id="settings"[^>]*>(.*?)<\/script>/s.exec(html) ?? []
  const { events } = JSON.parse(settings) as { events: string[] }
  expect(events).toEqual(
    expect.arrayContaining(['incidentChanged', 'connectionEvents', 'logAdded', 'tenantActivity']),
  )
  expect(events).not.toContain('liveViewers')
})
