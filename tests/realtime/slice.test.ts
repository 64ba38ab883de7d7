import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const StreamViewers = graphql(`
  subscription SliceViewers($id: ID!) {
    streamViewers(id: $id) {
      viewers
      byCountry {
        key
        viewers
      }
    }
  }
`)
const ViewersNow = graphql(`
  query ViewersNow($name: String!) {
    analytics {
      viewersNow(by: STREAM) {
        total
        groups {
          key
          viewers
          stream {
            id
          }
        }
      }
    }
    streamByInternalName(internalName: $name) {
      viewersNow
      viewers(range: { last: "PT1H" }, step: "PT5M") {
        peak
        average
        samples
        countries {
          countryCode
          peak
        }
      }
    }
  }
`)

let program: TestApp
beforeAll(async () => {
  program = await startApp()
})
afterAll(() => program.stop())

const transports = ['WebSocket', 'SSE', 'SSE single connection'] as const

test.each(transports)(
  'one posted sample reaches streamViewers over %s, and every query tells the same number',
  async (transport) => {
    const { tenant, key } = await program.seed.tenant()
    const stream = await program.seed.stream(tenant)
    const client = createTestClient(program.url, key)
    const live =
      transport === 'WebSocket' ? client.webSocket() : client.sse(transport === 'SSE single connection')
    const values = live.subscribe(StreamViewers, { id: stream.globalId })
    const next = async () => (await settled(values.next(), 10_000, 'a value')).value?.data?.streamViewers

    expect(await next()).toMatchObject({ viewers: '0' })

    const sample = program.seed.sample(stream.internalName, 4_321)
    expect((await client.ingest('viewer_samples', [sample])).body).toMatchObject({
      accepted: 1,
      duplicates: 0,
      rejected: [],
    })
    expect(await next()).toEqual({ viewers: '4321', byCountry: [{ key: 'NL', viewers: '4321' }] })

    const again = await client.ingest('viewer_samples', [sample])
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 1 })
    await program.app.ingest.flushed()

    const { analytics, streamByInternalName } = await client.ask(ViewersNow, { name: stream.internalName })
    expect(analytics!.viewersNow).toEqual({
      total: '4321',
      groups: [{ key: stream.internalName, viewers: '4321', stream: { id: stream.globalId } }],
    })
    expect(streamByInternalName).toEqual({
      viewersNow: '4321',
      viewers: {
        peak: '4321',
        average: 4_321,
        samples: '1',
        countries: [{ countryCode: 'NL', peak: '4321' }],
      },
    })
    await values.return?.()
    await live.close()
    await eventually(() => expect(program.app.modules.viewers.live.open()).toBe(0), 15_000)
  },
)
