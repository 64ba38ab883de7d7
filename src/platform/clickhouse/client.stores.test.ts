import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { uuidv7 } from '../ids.ts'
import { connectClickHouse } from './client.ts'
import { defineQuery, instant, whole } from './query.ts'
import { p, sql, type Sql } from './sql.ts'
import { openTestStore, silentLog, type TestStore } from '../../../tests/testkit/clickhouse.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore({ migrated: false })
  await store.clickHouse.command(`
    CREATE TABLE words (word String, length UInt32) ENGINE = MergeTree ORDER BY word
    SETTINGS non_replicated_deduplication_window = 100`)
})
afterAll(() => store.close())

const ask = <Row>(statement: Sql, row: z.ZodType<Row>, maxSeconds?: number) =>
  defineQuery({
    name: 'test.ask',
    tenant: 'operator',
    sql: statement,
    row,
    ...(maxSeconds && { maxSeconds }),
  })

/** Takes no core: what nobody waits for any more goes on in the embedded one until its limit. */
const slow = sql`SELECT count() AS n FROM system.numbers WHERE NOT ignore(sleepEachRow(0.1)) LIMIT 1 SETTINGS max_block_size = 1`
const counted = z.object({ n: whole })
/** A question for one number. */
const one = async (statement: Sql) => {
  const rows = await store.clickHouse.query(ask(sql`SELECT (${statement}) AS n`, counted))
  return rows[0]?.n
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
const close = (server: Server) => new Promise((resolve) => server.close(resolve))

const to = (port: number) => connectClickHouse({ url: `http://127.0.0.1:${port}`, log: silentLog })

const words = async () => {
  const rows = await store.clickHouse.query(
    ask(sql`SELECT word FROM words ORDER BY word`, z.object({ word: z.string() })),
  )
  return rows.map(({ word }) => word)
}
const insert = (token: string, ...texts: string[]) =>
  store.clickHouse.insertRows(
    'words',
    ['word', 'length'],
    texts.map((text) => Buffer.from(`${JSON.stringify([text, text.length])}\n`)),
    token,
  )

describe('a parameter', () => {
  const awkward = [
    "'",
    '"',
    '\\',
    '\t',
    '\n',
    '\r',
    '\0',
    '\b',
    '%',
    '%%',
    '{p1:String}',
    "'; DROP TABLE words; --",
    'ü漢🛰',
    '',
    "\\'",
  ]

  test.each(awkward)('arrives as it was, alone and in a list: %j', async (text) => {
    const row = z.object({ alone: z.string(), list: z.array(z.string()) })
    const rows = await store.clickHouse.query(
      ask(sql`SELECT ${p.text(text)} AS alone, ${p.texts([text, text])} AS list`, row),
    )
    expect(rows).toEqual([{ alone: text, list: [text, text] }])
  })

  test('of any length arrives as it was, as text, in a list and as what is looked for', async () => {
    // A server takes 128 KiB in one value, and 1 MiB in an address.
    const long = `${awkward.join('')}漢`.repeat(3_000)
    const many = Array.from(
      { length: 12_000 },
      (_, index) => `${awkward[index % awkward.length]}${index}\r\n`,
    )
    many[7_000] = long
    expect(await one(sql`lengthUTF8(${p.text(long)})`)).toBe(Array.from(long).length)
    expect(await one(sql`indexOf(${p.texts(many)}, ${p.text(long)})`)).toBe(7_001)
    expect(await one(sql`${p.text(many.at(-1)!)} IN (${p.texts(many)})`)).toBe(1)
    const places = sql`range(1, ${p.uInt32(many.length + 1)})`
    const place = sql`transform(${p.text(many[11_000]!)}, ${p.texts(many)}, ${places}, ${p.uInt32(0)})`
    expect(await one(place)).toBe(11_001)
    expect(await one(sql`length(arrayDistinct(${p.uuids(many.map(() => uuidv7()))}))`)).toBe(12_000)
    const numbers = many.map((_text, index) => 4_000_000_000 - index)
    const sum = numbers.reduce((total, each) => total + each, 0)
    expect(await one(sql`arraySum(${p.uInt32s(numbers)})`)).toBe(sum)
  })

  test('keeps the millisecond of a time and the whole of a number', async () => {
    const row = z.object({ time: instant, most: whole, id: z.string() })
    const time = new Date('2026-03-29T01:30:00.123Z')
    const id = uuidv7()
    const rows = await store.clickHouse.query(
      ask(
        sql`SELECT toUnixTimestamp64Milli(${p.dateTime(time)}) AS time, ${p.uInt64(2 ** 53 - 1)} AS most, ${p.uuid(id)} AS id`,
        row,
      ),
    )
    expect(rows).toEqual([{ time, most: 2 ** 53 - 1, id }])
  })

  test('may be a list of a hundred long names', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `live+${index}-${'x'.repeat(50)}`)
    const rows = await store.clickHouse.query(ask(sql`SELECT length(${p.texts(names)}) AS n`, counted))
    expect(rows).toEqual([{ n: 100 }])
  })

  test('that does not fit its type is refused before anything is sent', () => {
    expect(() => p.uuid("' OR 1=1")).toThrow(TypeError)
    expect(() => p.uInt32(-1)).toThrow(RangeError)
    expect(() => p.uInt32(1.5)).toThrow(RangeError)
  })
})

describe('a query', () => {
  test('is stopped by the server at its time limit', async () => {
    const started = Date.now()
    await expect(store.clickHouse.query(ask(slow, counted, 1))).rejects.toMatchObject({
      code: 'TIMED_OUT',
      cause: { code: '159' },
    })
    expect(Date.now() - started).toBeLessThan(8_000)
  })

  test('is left alone however long it says nothing, while the server works on it', async () => {
    const impatient = connectClickHouse({ url: store.url, log: silentLog, silenceMs: 1_000 })
    await expect(impatient.query(ask(slow, counted, 3))).rejects.toMatchObject({ cause: { code: '159' } })
    await impatient.close()
  })

  test('is left alone while it waits for one of our connections, of which there are ten', async () => {
    const impatient = connectClickHouse({ url: store.url, log: silentLog, silenceMs: 1_000 })
    const nap = ask(sql`SELECT sleep(0.6) AS n`, counted)
    const all = await Promise.all(Array.from({ length: 22 }, () => impatient.query(nap)))
    expect(all).toHaveLength(22)
    await impatient.close()
  })

  test('does not hand its time limit on to the next one', async () => {
    await expect(store.clickHouse.query(ask(slow, counted, 1))).rejects.toMatchObject({ code: 'TIMED_OUT' })
    const setting = z.object({ value: z.string() })
    const shown = sql`SELECT value FROM system.settings WHERE name = ${p.text('max_execution_time')}`
    expect(await store.clickHouse.query(ask(shown, setting, 9))).toEqual([{ value: '9' }])
  })

  test('takes only so much memory, and says what to do', async () => {
    const all = sql`SELECT length(groupArray(concat(repeat('x', 10000), toString(number)))) AS n FROM numbers(1000000)`
    await expect(store.clickHouse.query(ask(all, counted))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('Ask for a shorter range') as string,
    })
    const shown = sql`SELECT value FROM system.settings WHERE name = ${p.text('max_memory_usage')}`
    const [setting] = await store.clickHouse.query(ask(shown, z.object({ value: z.string() })))
    expect(setting).toEqual({ value: '1073741824' })
    const sorted = sql`SELECT count() AS n FROM (
      SELECT toString(number) AS text FROM numbers(1000000) GROUP BY text ORDER BY text)`
    expect(await store.clickHouse.query(ask(sorted, counted))).toEqual([{ n: 1_000_000 }])
  })

  test('ends with the reason of its signal', async () => {
    const reason = new Error('the subscriber left')
    const aborted = store.clickHouse.query(ask(slow, counted, 3), { signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    const controller = new AbortController()
    const running = store.clickHouse.query(ask(slow, counted, 2), { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(running).rejects.toBe(reason)
  })

  test.each([
    ['a fault in its SQL', sql`SELECT nothing FROM nowhere`],
    ['an answer of another shape', sql`SELECT 'many' AS n`],
    ['an error in the middle of its answer', sql`SELECT throwIf(number = 99999) AS n FROM numbers(100000)`],
  ])('with %s is INTERNAL, says nothing of it, and keeps the cause', async (_, statement) => {
    const error: unknown = await store.clickHouse
      .query(ask(statement, counted))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INTERNAL', cause: expect.anything() as unknown })
    expect((error as Error).message).toBe(
      'Something went wrong here. Give the request id when you report it.',
    )
  })

  test('that fails in the middle of its answer leaves none of it to the next one', async () => {
    const failing = sql`SELECT 'secret' AS word, throwIf(number = 999999) AS n FROM numbers(1000000)`
    for (let round = 0; round < 3; round += 1) {
      await expect(store.clickHouse.query(ask(failing, z.unknown()))).rejects.toMatchObject({
        // Cut off where it failed: told by the store's own words, or by the connection's end when that is read first.
        code: expect.stringMatching(/^(INTERNAL|STORE_UNAVAILABLE)$/) as unknown,
      })
      for (const word of ['own', 'mine']) {
        const next = sql`SELECT ${p.text(word)} AS word`
        expect(await store.clickHouse.query(ask(next, z.object({ word: z.string() })))).toEqual([{ word }])
      }
    }
  })

  test('of a store that is away is STORE_UNAVAILABLE with advice, and no empty answer', async () => {
    const probe = createServer()
    const port = await listen(probe)
    await close(probe)
    const clickHouse = connectClickHouse({ url: `http://u:secret@127.0.0.1:${port}/x`, log: silentLog })
    const away = {
      code: 'STORE_UNAVAILABLE',
      message: 'ClickHouse does not answer. Try again in a few seconds; /health/ready tells when it is back.',
      retryAfterSeconds: 5,
    }
    await expect(clickHouse.query(ask(sql`SELECT 1 AS n`, counted))).rejects.toMatchObject(away)
    await expect(clickHouse.ping()).rejects.toMatchObject(away)
    await expect(clickHouse.insertRows('t', ['n'], Buffer.from('[1]\n'), 'x')).rejects.toMatchObject(away)
    await clickHouse.close()
  })

  test('of a store that hangs up is STORE_UNAVAILABLE, of one that never answers TIMED_OUT, or sooner STORE_UNAVAILABLE when it does not say that it works', async () => {
    const rude = createServer((socket) => socket.once('data', () => socket.destroy()))
    const held: { destroy(): void }[] = []
    const silent = createServer((socket) => held.push(socket))
    const [rudePort, silentPort] = [await listen(rude), await listen(silent)]
    const [hangsUp, hangs] = [to(rudePort), to(silentPort)]
    await expect(hangsUp.query(ask(sql`SELECT 1 AS n`, counted))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await expect(hangs.query(ask(sql`SELECT 1 AS n`, counted, 1))).rejects.toMatchObject({
      code: 'TIMED_OUT',
    })
    const watched = connectClickHouse({
      url: `http://127.0.0.1:${silentPort}`,
      log: silentLog,
      silenceMs: 60,
    })
    await expect(watched.query(ask(sql`SELECT 1 AS n`, counted))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      cause: { code: 'ETIMEDOUT' },
    })
    await Promise.all([hangsUp.close(), hangs.close(), watched.close()])
    for (const socket of held) socket.destroy()
    await Promise.all([close(rude), close(silent)])
  })
})

describe('an insert', () => {
  test('stores its lines as they are, whatever they contain, and nothing for no lines', async () => {
    const texts = [
      'semi; colon',
      "quo'te",
      'two\nlines',
      'back\\slash',
      'DROP TABLE words;',
      '] FORMAT CSV',
      'ü漢🛰',
    ]
    await insert('first', ...texts)
    await insert('nothing')
    expect(await words()).toEqual(texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  })

  test('counts once when its token comes again, also with other rows between', async () => {
    const before = (await words()).length
    await insert('again', 'zz1', 'zz2')
    await insert('other', 'zz3')
    await insert('again', 'zz1', 'zz2')
    expect(await words()).toHaveLength(before + 3)
  })

  test('with a bad line stores none of its lines and is INTERNAL', async () => {
    const before = await words()
    const lines = [Buffer.from('["good", 4]\n'), Buffer.from('["bad", "four"]\n')]
    const bad = store.clickHouse.insertRows('words', ['word', 'length'], lines, 'bad')
    await expect(bad).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await words()).toEqual(before)
  })

  test('takes no name that is more than a name', async () => {
    const bad = store.clickHouse.insertRows('words; DROP TABLE words', ['word'], Buffer.from('["x"]\n'), 'x')
    await expect(bad).rejects.toThrow(TypeError)
  })
})

test('the store tells its version', async () => {
  expect(await store.clickHouse.version()).toMatch(/^\d+\.\d+\./)
})
