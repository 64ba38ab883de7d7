import { Client } from 'pg'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'

/** Where the rows behind each `Node` of the graph are. */
const tables: Record<string, string> = {
  Tenant: 'tenants',
  Project: 'projects',
  Environment: 'environments',
  Stream: 'streams',
  Cluster: 'clusters',
  EdgeNode: 'edge_nodes',
  Incident: 'incidents',
  ApiKey: 'api_keys',
}

export type Inhabitant = Awaited<ReturnType<typeof inhabit>>

/**
 * A tenant with something of everything. Each of its texts carries `word` and each of its numbers of viewers is `viewers`,
 * so that one look at an answer tells whether anything of it is there.
 */
export const inhabit = async (
  program: TestApp,
  word: string,
  viewers: number,
  nodeTypes: readonly string[],
) => {
  const { modules } = program.app
  const tenant = await modules.tenants.service.create({ slug: `${word}-tenant`, name: `${word} tenant` })
  const actor = programActor(`${word}-actor`)
  const key = await program.seed.key(tenant, undefined, `${word} key`)
  const client = createTestClient(program.url, key)
  const streams = [`${word}-stream-1`, `${word}-stream-2`]
  for (const internalName of streams)
    await modules.streams.service.create(trustedPermit(tenant, actor), {
      internalName,
      title: `${word} title`,
      description: `${word} description`,
    })
  await modules.edgeNodes.store.ensure(
    tenant,
    [{ slug: `${word}-cluster`, name: `${word} cluster`, type: 'CENTRAL' }],
    [`${word}-node-1`, `${word}-node-2`].map((slug) => ({
      slug,
      cluster: `${word}-cluster`,
      name: `${word} node`,
      region: `${word}-region`,
    })),
  )
  for (const number of [1, 2]) {
    const { id } = await modules.incidents.service.open(trustedPermit(tenant, actor), {
      title: `${word} incident`,
      severity: 'HIGH',
      description: `${word} description`,
      source: `${word}-source`,
      fingerprint: `${word}-${number}`,
      labels: { [`${word}-label`]: word },
    })
    await modules.incidents.service.addNote(trustedPermit(tenant, actor), { id, note: `${word} note` })
  }
  const samples = () =>
    streams.map((name) => program.seed.sample(name, viewers, { node_id: `${word}-node-1` }))
  const lines = () =>
    [1, 2].map((number) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      level: 'ERROR',
      message: `${word} message ${number}`,
      service: `${word}-service`,
      host: `${word}-host`,
      trace_id: `${word}-trace`,
      attributes: { [`${word}-name`]: word },
    }))
  for (const answer of [
    await client.ingest('viewer_samples', samples()),
    await client.ingest('log_events', lines()),
  ])
    if (answer.status !== 202) throw new Error(JSON.stringify(answer.body))
  await program.app.ingest.flushed()

  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  const ids: Record<string, string[]> = {}
  try {
    for (const type of nodeTypes) {
      const table = tables[type]
      if (!table) throw new Error(`${type} is a new Node: say where its rows are.`)
      const column = type === 'Tenant' ? 'id' : 'tenant_id'
      const { rows } = await owner.query<{ id: string }>(
        `SELECT id FROM ${table} WHERE ${column} = $1 ORDER BY id`,
        [tenant],
      )
      if (rows.length === 0) throw new Error(`There is no ${type} to try with.`)
      ids[type] = rows.map(({ id }) => globalId(type, id))
    }
  } finally {
    await owner.end()
  }
  return {
    tenant,
    key,
    client,
    word,
    viewers,
    streams,
    samples,
    lines,
    ids,
    globalIds: Object.values(ids).flat(),
  }
}
