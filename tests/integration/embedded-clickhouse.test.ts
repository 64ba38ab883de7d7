import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type Gateway } from '../../src/embedded/clickhouse-gateway.ts'
import { openChdb, type ChdbPool } from '../../src/embedded/clickhouse.ts'
import { createLogger } from '../../src/platform/logger.ts'

const quiet = { level: ClickHouseLogLevel.OFF } // the client logs every expected error otherwise
const path = mkdtempSync(join(tmpdir(), 'heliograph-chdb-'))
let pool: ChdbPool
let gateway: Gateway

beforeAll(async () => {
  pool = openChdb({ path })
  gateway = await startGateway({
    pool,
    password: 'secret',
    maxBodyBytes: 4 << 20,
    log: createLogger({ level: 'silent', format: 'json' }),
  })
})
afterAll(async () => {
  await gateway.close()
  await pool.close()
  rmSync(path, { recursive: true, force: true })
})

const roads: Record<string, (database?: string) => ClickHouseClient> = {
  'in this process': (database) => createClient({ connection: pool.connection(database), log: quiet }),
  'through the gateway': (database) =>
    createClient({ url: gateway.url, log: quiet, ...(database && { database }) }),
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'no error'
  } catch (error) {
    expect(error).toBeInstanceOf(ClickHouseError)
    return `${(error as ClickHouseError).code} ${(error as ClickHouseError).type}`
  }
}

describe.each(Object.keys(roads))('ClickHouse %s', (road) => {
  let client: ClickHouseClient
  const rows = async (query: string, options: Partial<Parameters<ClickHouseClient['query']>[0]> = {}) => {
    const answer = await client.query({ ...options, query, format: 'JSONEachRow' })
    return answer.json()
  }
  const insert = async (values: unknown[], token?: string) =>
    client.insert({
      table: 'facts',
      values,
      format: 'JSONEachRow',
      ...(token !== undefined && { clickhouse_settings: { insert_deduplication_token: token } }),
    })

  beforeAll(async () => {
    const database = `db_${Object.keys(roads).indexOf(road)}`
    const root = roads[road]!()
    await root.command({ query: `CREATE DATABASE ${database}` })
    await root.close()
    client = roads[road]!(database)
    await client.command({
      query: `CREATE TABLE facts (id UInt32, text String) ENGINE = MergeTree ORDER BY id
              SETTINGS non_replicated_deduplication_window = 100`,
    })
  })
  afterAll(() => client.close())

  test('parameters of every shape come back as they were sent', async () => {
    const sent = {
      text: `it's \\ a\ttab, a\nline, é and {text:String}`,
      list: [`q'uote`, 'back\\slash', ''],
      map: { key: 1 },
      at: new Date(1_700_000_000_123),
      yes: true,
      nothing: null,
    }
    const query = `SELECT {text:String} AS text, {list:Array(String)} AS list, {map:Map(String, UInt8)} AS map,
      {at:DateTime64(3, 'UTC')} AS at, {yes:Bool} AS yes, {nothing:Nullable(UInt8)} AS nothing`
    expect(await rows(query, { query_params: sent })).toEqual([{ ...sent, at: '2023-11-14 22:13:20.123' }])
  })

  test('parameters do not count to the size of a query', async () => {
    const list = Array.from({ length: 1_600 }, (_, n) => `${n}`.padStart(60, 'n'))
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const query_params = Object.fromEntries(names.map((name) => [name, list]))
    const all = names.map((name) => `{${name}:Array(String)}`).join(', ')
    const query = `SELECT length(arrayConcat(${all})) AS count, {f:Array(String)}[1600] AS last`
    for (let turn = 0; turn < 4; turn += 1)
      expect(await rows(query, { query_params })).toEqual([{ count: 9_600, last: list.at(-1) }])
  })

  test('a parameter of an earlier query never stands in for a missing one', async () => {
    for (let turn = 0; turn < 4; turn += 1)
      await rows('SELECT {tenant:String}', { query_params: { tenant: 'a' } })
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await codeOf(rows('SELECT {tenant:String}'))).toBe('456 UNKNOWN_QUERY_PARAMETER')
    }
  })

  test('settings hold for their own statement only', async () => {
    const comment = `{"name":"x's","path":"a\\\\b"}`
    const query = `SELECT getSetting('max_execution_time') AS seconds, getSetting('log_comment') AS comment`
    const settings = { max_execution_time: 7, log_comment: comment }
    expect(await rows(query, { clickhouse_settings: settings })).toEqual([{ seconds: 7, comment }])
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await rows(query)).toEqual([{ seconds: 0, comment: '' }])
    }
  })

  test('errors have the codes that a server gives', async () => {
    expect(await codeOf(rows('SELECT nope'))).toBe('47 UNKNOWN_IDENTIFIER')
    expect(await codeOf(rows('SELECT * FROM nope'))).toBe('60 UNKNOWN_TABLE')
    expect(await codeOf(rows('SELEC 1'))).toBe('62 SYNTAX_ERROR')
    const slow = rows('SELECT count() FROM numbers(1e12) WHERE sipHash64(number) = 1', {
      clickhouse_settings: { max_execution_time: 1 },
    })
    expect(await codeOf(slow)).toBe('159 TIMEOUT_EXCEEDED')
    const elsewhere = roads[road]!('no_such_database')
    expect(await codeOf(elsewhere.query({ query: 'SELECT 1' }))).toBe('81 UNKNOWN_DATABASE')
    await elsewhere.close()
    expect(await rows('SELECT currentDatabase() AS name')).toEqual([{ name: expect.stringMatching(/^db_/) }])
  })

  test('a deduplication token counts a repeated insert once, and does not touch the next one', async () => {
    await insert([{ id: 1, text: 'once' }], 'token-1')
    await insert([{ id: 1, text: 'again' }], 'token-1')
    await insert([{ id: 2, text: 'other' }])
    await insert([{ id: 3, text: 'third' }])
    await insert([])
    expect(await rows('SELECT id, text FROM facts ORDER BY id')).toEqual([
      { id: 1, text: 'once' },
      { id: 2, text: 'other' },
      { id: 3, text: 'third' },
    ])
  })

  test('rows sent as bytes are stored, also where a chunk cuts a character', async () => {
    const bytes = Buffer.from('[10,"é"]\n[11,"日本"]\n')
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]))
    const sent = await client.exec({
      query: 'INSERT INTO facts (id, text) FORMAT JSONCompactEachRow',
      values: Readable.from(chunks, { objectMode: false }),
    })
    sent.stream.resume()
    expect(await rows('SELECT text FROM facts WHERE id >= 10 ORDER BY id')).toEqual([
      { text: 'é' },
      { text: '日本' },
    ])
  })

  test('what a failed statement had written never stands in the answer of another', async () => {
    for (let round = 0; round < 3; round += 1) {
      const failing = client.exec({
        query: `SELECT 'secret' AS word, throwIf(number = 999999) FROM numbers(1000000) FORMAT JSONEachRow`,
      })
      expect(await codeOf(failing.then(({ stream }) => text(stream)))).toMatch(/^395 /)
      const answers = ['one', 'two', 'three', 'four'].map((word) => rows(`SELECT '${word}' AS word`))
      expect((await Promise.all(answers)).flat()).toEqual(
        ['one', 'two', 'three', 'four'].map((word) => ({ word })),
      )
    }
  })

  test('a long read holds up neither another read nor an insert', async () => {
    let slowDone = false
    const slow = rows('SELECT sleepEachRow(0.5) FROM numbers(3)').then(() => (slowDone = true))
    await rows('SELECT {a:UInt8}', { query_params: { a: 1 } })
    await insert([{ id: 4, text: 'meanwhile' }])
    expect(slowDone).toBe(false)
    await slow
  })

  test('it answers to a ping', async () => {
    expect(await client.ping()).toEqual({ success: true })
    expect(await client.ping({ select: true })).toEqual({ success: true })
  })
})

const origin = () => new URL(gateway.url).origin
const key = { 'X-ClickHouse-Key': 'secret' }
const postPacked = async (body: Buffer) =>
  fetch(origin(), {
    method: 'POST',
    headers: { ...key, 'Content-Encoding': 'gzip' },
    body: new Uint8Array(body),
  })

describe('the gateway', () => {
  test('refuses every query without its password', async () => {
    for (const headers of [
      {},
      { 'X-ClickHouse-Key': 'wrong' },
      { Authorization: 'Basic ZGVmYXVsdDp3cm9uZw==' },
    ]) {
      const answer = await fetch(`${origin()}/?query=SELECT+1`, { headers })
      expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516'])
    }
  })

  test('takes a packed body, and refuses one that unpacks to more than its bound', async () => {
    expect(await (await postPacked(gzipSync('SELECT 41 + 1'))).text()).toBe('42\n')
    const bomb = await postPacked(gzipSync(`SELECT 1 -- ${' '.repeat(5 << 20)}`))
    expect(bomb.status).toBe(413)
  })

  test('names the code of an error in a header, as a server does', async () => {
    const answer = await fetch(`${origin()}/?query=SELECT+nope`, { headers: key })
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([500, '47'])
    expect(await answer.text()).toMatch(/^Code: 47\. DB::Exception: .*\(UNKNOWN_IDENTIFIER\)/s)
  })
})
