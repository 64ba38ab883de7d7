import { randomBytes } from 'node:crypto'
import { getOperationAST, type ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeStreamKey } from '../../src/auth/api-key.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { flowsThrough, PROBLEM } from './secret-flows.ts'
import { openRaw } from '../testkit/raw-socket.ts'

/**
 * Every secret that was sent or handed out; none may stand in a log line, or in an answer that tells of an
 * error.
 */
const canaries = new Set<string>()
const canary = (secret: string): string => {
  canaries.add(secret)
  return secret
}
const word = (): string => canary(`canary-${randomBytes(12).toString('hex')}`)
const token = (prefix: string): string => canary(prefix + randomBytes(33).toString('base64url').slice(0, 43))

const lines: string[] = []
const log = createLogger({ level: 'trace', format: 'json', to: { write: (line) => void lines.push(line) } })
const told: string[] = []
/** Of which kinds secrets were handed out. */
const kinds = new Set<string>()

/** Fails like a driver that quotes what it was given, as Prisma does. */
const fail = ({ document, variableValues }: Pick<ExecutionArgs, 'document' | 'variableValues'>): void => {
  if (getOperationAST(document)?.name?.value === 'Broken')
    throw new TypeError(`could not store ${JSON.stringify(variableValues)} at postgres://me:${word()}@db`)
}
const breaking: Plugin = {
  onExecute: ({ args }) => fail(args),
  onSubscribe: ({ args }) => fail(args),
}

let program: TestApp
let owner: Pool
beforeAll(async () => {
  program = await startApp({ log, plugins: [breaking] })
  owner = new Pool({ connectionString: program.databases.ownerUrl })
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

type Sent = { path?: string; method?: string; headers?: Record<string, string>; body?: string; as?: string }
const handedOut = /"(accessToken|refreshToken|token|key|streamKey)":"([^"]+)"/g

/**
 * Sends a request. What hands out secrets makes canaries of them; every other answer has to be free of them.
 */
const send = async ({
  path = '/graphql',
  method = 'POST',
  headers = {},
  body,
  as,
}: Sent): Promise<string> => {
  const response = await fetch(program.url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  told.push([...response.headers].join('\n'))
  const secrets = [...text.matchAll(handedOut)]
  if (secrets.length === 0) told.push(text)
  for (const [, kind, secret] of secrets) {
    kinds.add(kind!)
    canary(secret!)
  }
  return text
}
const ask = (query: string, variables: object = {}, as?: string): Promise<string> =>
  send({ body: JSON.stringify({ query, variables }), ...(as !== undefined && { as }) })
const got = (text: string, name: string): string =>
  new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1] ?? 'none'

const flows = flowsThrough(ask)

/** A credential on each of the ways in, and the refusal that closes a socket. */
const everyDoor = async (credential: string): Promise<void> => {
  const body = JSON.stringify({ query: '{ tenant { id } }' })
  const rows = JSON.stringify([program.seed.sample('a', 1)])
  const asHeader: Record<string, string>[] = [
    { authorization: `Bearer ${credential}` },
    { authorization: credential },
    { authorization: `Basic ${canary(Buffer.from(`me:${credential}`).toString('base64'))}` },
    { 'x-api-key': credential },
    { 'x-graphql-event-stream-token': credential, accept: 'text/event-stream' },
    { cookie: `session=${credential}` },
  ]
  for (const headers of asHeader)
    for (const path of ['/graphql', '/graphql/stream', '/ingest/viewer_samples', '/nowhere'])
      await send({ path, headers, body: path.startsWith('/ingest') ? rows : body })
  for (const path of ['/graphql', '/graphql/stream', '/nowhere', '/ingest/viewer_samples'])
    await send({ path: `${path}?token=${credential}&key=${credential}`, method: 'GET' })
  for (const payload of [
    { authorization: `Bearer ${credential}` },
    { apiKey: credential },
    { token: credential },
  ]) {
    const raw = await openRaw(program.url, { headers: { cookie: `session=${credential}` } })
    raw.send({ type: 'connection_init', payload }, { id: credential, type: 'subscribe', payload: credential })
    told.push(await raw.closed(), JSON.stringify(raw.untaken()))
  }
}

/** All that somebody does who signs up, with what goes wrong on the way. */
const life = async (email: string): Promise<void> => {
  const password = word()
  for (const each of [
    password,
    word(),
    canary('c4nary!'),
    canary('c4nary'.repeat(50)),
    { password: word() },
    [word()],
  ])
    await flows.signUp(email, each)
  await flows.signIn(email, word())
  await flows.signIn(`nobody-${email}`, word())
  const first = await flows.signIn(email, password)
  const old = got(first, 'refreshToken')
  const second = await flows.refresh(old)
  for (const each of [old, got(second, 'refreshToken'), token('hr_'), word()]) await flows.refresh(each)
  const me = got(await flows.signIn(email, password), 'accessToken')
  const slug = `canary-${email.split('@')[0]}`
  await ask(
    `mutation { createTenant(input: { name: "T", slug: "${slug}" }) { __typename ${PROBLEM} } }`,
    {},
    me,
  )
  const mine = got(await flows.signIn(email, password, slug), 'accessToken')
  const made = await flows.createKey(mine)
  const rotated = await flows.rotateKey(mine, got(made, 'id'))
  await ask(
    `mutation { revokeApiKey(input: { id: "${got(rotated, 'id')}" }) { __typename ${PROBLEM} } }`,
    {},
    mine,
  )
  const stream = got(await flows.createStream(mine), 'id')
  const streamKeys = [
    got(await flows.rotateStreamKey(mine, stream), 'streamKey'),
    got(await flows.createStreamKey(mine, stream), 'streamKey'),
  ]
  for (const each of [...streamKeys, canary(makeStreamKey()), word()])
    await flows.validateStreamKey(mine, each)
  const invitation = got(await flows.invite(mine, `guest-${email}`), 'token')
  for (const each of [invitation, token('hi_'), word()]) await flows.accept(mine, each)
  const next = word()
  await flows.changePassword(mine, word(), next)
  await flows.changePassword(mine, password, next)
  await ask('mutation { signOut { __typename } }', {}, mine)
  for (const each of [mine, got(made, 'key'), got(rotated, 'key')]) await everyDoor(each)
}

const free = (): void => {
  for (const secret of canaries)
    for (const part of [secret, secret.slice(-24)]) {
      for (const text of [...lines, ...told])
        if (text.includes(part)) throw new Error(`${part} stands in ${text}`)
    }
}

test('what goes well and what is refused: no secret stands in the log or in an answer that hands none out', async () => {
  await life('ada@example.test')
  expect([...kinds].toSorted()).toEqual(['accessToken', 'key', 'refreshToken', 'streamKey', 'token'])
  free()
})

test('wrong credentials of every kind, at every door', async () => {
  for (const each of [word(), `hg_live_${word()}`, token('hr_'), `eyJ${word()}.eyJ${word()}.${word()}`])
    await everyDoor(each)
  free()
})

test('requests that are malformed, with secrets in their variables, names, addresses and bodies', async () => {
  const query =
    'mutation ($p: String!) { signIn(input: { email: "x@example.test", password: $p }) { __typename } }'
  const malformed = [
    `{"query": ${JSON.stringify(query)}, "variables": {"p": "${word()}"`,
    word(),
    JSON.stringify([{ query, variables: { p: word() } }]),
    JSON.stringify({ query, variables: word() }),
    JSON.stringify({ query, variables: { p: word() }, operationName: word() }),
    JSON.stringify({ query, variables: { p: { p: word() } } }),
    JSON.stringify({ query: query.replace('password:', 'pass:'), variables: { p: word() } }),
    JSON.stringify({ query: `${query} }`, variables: { p: word() } }),
    JSON.stringify({ query, variables: { p: word() }, extensions: word() }),
  ]
  for (const path of ['/graphql', '/graphql/stream', '/ingest/log_events'])
    for (const accept of ['application/json', 'text/event-stream'])
      for (const body of malformed) await send({ path, headers: { accept }, body })
  for (const path of ['/graphql', '/graphql/stream'])
    for (const variables of [`{"p":"${word()}"}`, `{"p":"${word()}"`, word()])
      await send({ path: `${path}?query=${encodeURIComponent(query)}&variables=${variables}`, method: 'GET' })
  for (const body of malformed) {
    const raw = await openRaw(program.url)
    raw.send({ type: 'connection_init' })
    await raw.next()
    raw.send(`{"id":"1","type":"subscribe","payload":${body}}`)
    told.push(JSON.stringify(await Promise.race([raw.next(), raw.closed()])))
  }
  free()
})

test('failures of ours that quote what they were given are told by a request id, and logged without the secrets', async () => {
  const key = (await program.seed.tenant()).key
  const secrets = [
    canary(key),
    token('hr_'),
    token('hi_'),
    token('ho_'),
    canary(makeStreamKey()),
    `eyJ${word()}.eyJ${word()}.${word()}`,
  ]
  const before = lines.length
  for (const query of ['query Broken { __typename }', 'subscription Broken { tenantViewers { viewers } }'])
    for (const path of ['/graphql', '/graphql/stream'])
      for (const accept of ['application/json', 'text/event-stream'])
        await send({
          path,
          headers: { accept },
          as: key,
          body: JSON.stringify({ query, variables: { secrets } }),
        })
  const raw = await openRaw(program.url)
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })
  await raw.next()
  raw.send({
    id: '1',
    type: 'subscribe',
    payload: { query: 'query Broken { __typename }', variables: { secrets } },
  })
  told.push(await raw.closed())
  expect(
    lines.slice(before).filter((line) => line.includes('could not store')).length,
  ).toBeGreaterThanOrEqual(7)
  free()
})

test('a database that fails under each of these flows', async () => {
  const { rows } = await owner.query<{ hash: string }>('SELECT hash FROM passwords')
  expect(rows.length).toBeGreaterThan(0)
  for (const { hash } of rows) canary(hash)
  for (const table of [
    'refresh_tokens',
    'sessions',
    'api_keys',
    'streams',
    'invitations',
    'users',
    'passwords',
  ]) {
    const before = lines.length
    await owner.query(`ALTER TABLE ${table} RENAME TO gone`)
    await life(`broken-${table.replace('_', '-')}@example.test`)
    await owner.query(`ALTER TABLE gone RENAME TO ${table}`)
    const failures = lines.slice(before).filter((line) => line.includes('unexpected failure'))
    expect([table, failures.length > 0]).toEqual([table, true])
  }
  free()
})
