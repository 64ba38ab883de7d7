import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { expect } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import { type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'

export const StreamSeries = graphql(`
  query StreamSeries($name: String!, $range: TimeRangeInput, $step: Duration, $timezone: String) {
    streamByInternalName(internalName: $name) {
      viewers(range: $range, step: $step, timezone: $timezone) {
        from
        to
        step
        timezone
        peak
        samples
        minutes
        viewerMinutes
        points {
          time
          average
          peak
          samples
          minutes
          viewerMinutes
        }
      }
    }
  }
`)
/** A tenant with samples of two streams, of which one is known, an edge node, and an alert rule. */
export const measured = async (program: TestApp) => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const samples = [
    ['one', 10, { node_id: 'n1', country_code: 'NL', connection_type: 'HLS' }],
    ['one', 5, { node_id: 'n2', country_code: 'DE', connection_type: 'HLS' }],
    ['two', 3, { node_id: 'n1', country_code: 'NL', connection_type: 'WebRTC' }],
  ] as const
  const { body } = await client.ingest(
    'viewer_samples',
    samples.map(([name, viewers, more]) => program.seed.sample(name, viewers, more)),
  )
  expect(body).toMatchObject({ accepted: 3 })
  await program.app.ingest.flushed()
  await program.app.modules.alertRules.service.create(trustedPermit(tenant, operator), {
    name: 'R',
    dataset: 'log_events',
    aggregate: 'COUNT',
    operator: 'GT',
    threshold: 1,
    window: 'PT1M',
  })
  await program.app.modules.streams.service.create(trustedPermit(tenant, operator), {
    title: 'One',
    internalName: 'one',
  })
  for (let n = 0; n < 24; n++) await program.seed.stream(tenant)
  await program.app.modules.edgeNodes.service.ensure(
    tenant,
    [{ slug: 'c1', name: 'Cluster 1' }],
    [{ slug: 'n1', name: 'Node 1', region: 'eu', latitude: 0, longitude: 0, cluster: 'c1' }],
  )
  return { tenant, key, client }
}
