import { ApolloClient, gql, HttpLink, InMemoryCache, type ApolloLink } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { until } from '../testkit/waiters.ts'

let program: TestApp
let key: string
let entry: string
beforeAll(async () => {
  program = await sharedApp()
  const made = await program.seed.tenant()
  key = made.key
  const stream = 'mutation { createStream(input: { title: "One" }) { __typename } }'
  const log = '{ auditLog(first: 1) { nodes { id } } }'
  const ask = async (query: string): Promise<string> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
    const body = JSON.stringify({ query })
    return (await fetch(`${program.url}/graphql`, { method: 'POST', headers, body })).text()
  }
  await ask(stream)
  entry = /"id":"([^"]+)"/.exec(await ask(log))![1]!
})
afterAll(() => program.stop())

/** A client as it comes, without a type policy; `sent` are the bodies of its requests. */
const openClient = () => {
  const sent: { query?: string; extensions?: object }[] = []
  const http = new HttpLink({
    uri: `${program.url}/graphql`,
    headers: { authorization: `Bearer ${key}` },
    fetch: (input, init) => {
      sent.push(JSON.parse(init!.body as string) as never)
      return fetch(input, init)
    },
  })
  return {
    sent,
    http,
    clientOf: (link: ApolloLink = http) => new ApolloClient({ link, cache: new InMemoryCache() }),
  }
}

const pairs: [what: string, one: () => string, other: () => string][] = [
  ['viewer', () => '{ viewer { id scopes } }', () => '{ viewer { id apiKey { id name } } }'],
  ['tenant', () => '{ tenant { id name } }', () => '{ tenant { id slug } }'],
  [
    'analytics',
    () => '{ analytics { id viewersNow(by: STREAM) { total } } }',
    () => '{ analytics { id logLevels { step } } }',
  ],
  ['rateLimit', () => '{ rateLimit { id limit } }', () => '{ rateLimit { id resetAt } }'],
  [
    'the actor of an audit entry',
    () => `{ node(id: "${entry}") { id ... on AuditEntry { actor { id name } } } }`,
    () => `{ node(id: "${entry}") { id ... on AuditEntry { actor { id kind } } } }`,
  ],
]
test.each(pairs)(
  'two queries of different fields of %s share its cache: two requests, and both stay whole',
  async (_what, one, other) => {
    const { sent, clientOf } = openClient()
    const client = clientOf()
    const watched = [one(), other()].map((text) => {
      const seen: { data?: unknown }[] = []
      const query = client.watchQuery({ query: gql(text) })
      return { seen, subscription: query.subscribe((result) => seen.push(result)) }
    })
    await until(() => watched.every(({ seen }) => seen.at(-1)?.data !== undefined))
    // Whoever lost fields to the other asks again, and takes the other's away: what comes next shows it.
    await client.query({ query: gql('{ __typename }'), fetchPolicy: 'network-only' })
    expect(sent).toHaveLength(3)
    for (const text of [one(), other()])
      expect(client.readQuery({ query: gql(text) })).toEqual(expect.anything())
    for (const { subscription } of watched) subscription.unsubscribe()
    client.stop()
  },
)

test('a client of persisted queries sends its document when it is told that hashes are not known, and no hash again', async () => {
  const { sent, http, clientOf } = openClient()
  const hashes = new PersistedQueryLink({ sha256: (text) => createHash('sha256').update(text).digest('hex') })
  const client = clientOf(hashes.concat(http))
  const first = await client.query({ query: gql('{ tenant { id name } }') })
  const second = await client.query({ query: gql('{ viewer { id scopes } }') })
  expect([first.data, second.data]).toMatchObject([{ tenant: {} }, { viewer: {} }])
  expect(sent.map(({ query }) => query !== undefined)).toEqual([false, true, true])
  client.stop()
})
