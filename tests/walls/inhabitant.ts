import { Client } from 'pg'
import { actingAs, programActor, type UserActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { World } from '../domains/fixture.ts'
import { domains } from '../domains/index.ts'
import type { Populated } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'

const OF_MEMBERS = '(SELECT user_id FROM memberships WHERE tenant_id = $1)'
/** Which rows are a tenant's, in tables where no column says it. */
const whose: Readonly<Record<string, string>> = {
  tenants: 'id = $1',
  users: `id IN ${OF_MEMBERS}`,
  sessions: `user_id IN ${OF_MEMBERS}`,
}

/** Where the rows behind each `Node` of the graph are. */
const tables: Readonly<Record<string, string>> = Object.assign({}, ...domains.map(({ nodes }) => nodes))

export type Inhabitant = Awaited<ReturnType<typeof inhabit>>

/**
 * A tenant with something of everything. Each of its texts carries `word` and each of its numbers of viewers
 * is `viewers`, so that one look at an answer tells whether anything of it is there.
 */
export const inhabit = async (
  program: Populated,
  word: string,
  viewers: number,
  nodeTypes: readonly string[],
) => {
  const { modules } = program.app
  const actor = programActor(`${word}-actor`)
  const account = { email: `${word}-owner@example.test`, password: 'a password of tests' }
  await modules.accounts.service.signUp({ ...account, name: `${word} owner` }, actor)
  const { user } = await modules.sessions.service.signIn(account, actor)
  const founder = actingAs(actor, user) as UserActor
  const { tenant } = await modules.tenants.service.createOwned(founder, {
    slug: `${word}-tenant`,
    name: `${word} tenant`,
  })
  const key = await program.seed.key(tenant, undefined, `${word} key`)
  const client = createTestClient(program.url, key)
  const streams = [`${word}-stream-1`, `${word}-stream-2`] as const
  const world: World = {
    modules,
    tenant,
    word,
    streams,
    owner: founder,
    permit: () => trustedPermit(tenant, actor),
  }
  for (const domain of domains) await domain.inhabit?.(world)
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
      if (!table) throw new Error(`${type} is a new Node: say in tests/domains where its rows are.`)
      const { rows } = await owner.query<{ id: string }>(
        `SELECT id FROM ${table} WHERE ${whose[table] ?? 'tenant_id = $1'} ORDER BY id`,
        [tenant],
      )
      if (rows.length === 0) throw new Error(`There is no ${type} to try with.`)
      ids[type] = rows.map(({ id }) => globalId(type, id))
    }
  } finally {
    await owner.end()
  }
  return {
    world,
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
