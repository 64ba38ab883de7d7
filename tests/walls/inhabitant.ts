import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { actingAs, programActor, type UserActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { datasets } from '../../src/modules/datasets.ts'
import type { World } from '../domains/fixture.ts'
import { domains } from '../domains/index.ts'
import type { Populated } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'

const OF_MEMBERS = '(SELECT user_id FROM memberships WHERE tenant_id = $1)'
/** Which rows are a tenant's, in tables and of types where `tenant_id` doesn't say it. */
const whose: Readonly<Record<string, string>> = {
  SharedCluster: 'subscriber_id = $1',
  tenants: 'id = $1',
  users: `id IN ${OF_MEMBERS}`,
  sessions: `user_id IN ${OF_MEMBERS}`,
}

/** Where the rows behind each `Node` of the graph are. */
const tables: Readonly<Record<string, string>> = Object.assign({}, ...domains.map(({ nodes }) => nodes))

/** What ids of a type are made of, where that is no column of that name. */
const idColumns: Readonly<Record<string, string>> = {
  TenantMembership: 'tenant_id',
  StreamState: 'stream_id',
}

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
  // Sign-ups are counted by address, and this is one of many.
  const actor = {
    ...programActor(`${word}-actor`),
    address: `2001:db8:${randomBytes(2).toString('hex')}::/64`,
  }
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
  const nodes = [`${word}-node-1`, `${word}-node-2`] as const
  const world: World = {
    modules,
    tenant,
    word,
    streams,
    owner: founder,
    permit: () => trustedPermit(tenant, actor),
  }
  for (const domain of domains) await domain.inhabit?.(world)
  /** New items of every dataset. */
  const facts = (own = { word, viewers }): Readonly<Record<string, readonly object[]>> =>
    Object.assign({}, ...domains.map((domain) => domain.facts?.({ ...own, streams, nodes })))
  const ingestAll = async (own?: { word: string; viewers: number }): Promise<void> => {
    const made = facts(own)
    for (const { name } of datasets) {
      const items = made[name]
      if (!items) throw new Error(`${name} is a new dataset: say in tests/domains what its items are.`)
      const answer = await client.ingest(name, items)
      if (answer.status !== 202) throw new Error(JSON.stringify(answer.body))
    }
  }
  await ingestAll()
  await program.app.ingest.flushed()

  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  const ids: Record<string, string[]> = {}
  try {
    for (const type of nodeTypes) {
      const table = tables[type]
      if (!table) throw new Error(`${type} is a new Node: say in tests/domains where its rows are.`)
      const { rows } = await owner.query<{ id: string }>(
        `SELECT ${idColumns[type] ?? 'id'} AS id FROM ${table} WHERE ${whose[type] ?? whose[table] ?? 'tenant_id = $1'} ORDER BY 1`,
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
    facts,
    /** Something that each of its subscriptions tells: `mark` in the texts, and `viewers`. */
    busy: async (mark: string, number = viewers): Promise<void> => {
      for (const domain of domains) await domain.busy?.(world, mark)
      await ingestAll({ word: mark, viewers: number })
    },
    ids,
    globalIds: Object.values(ids).flat(),
  }
}
