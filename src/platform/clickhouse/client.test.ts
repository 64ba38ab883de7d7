import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { pino } from 'pino'
import { z } from 'zod'
import { trustTenantId, uuidv7 } from '../ids.ts'
import { connectClickHouse } from './client.ts'
import { defineQuery } from './query.ts'
import { p, scoped, sql, type Sql } from './sql.ts'

const [tenant, other] = [trustTenantId(uuidv7()), trustTenantId(uuidv7())]
const range = { from: new Date(0), to: new Date(1) }
const row = z.unknown()

/** Nobody listens there: what is sent is answered with STORE_UNAVAILABLE, what is refused before is not. */
const clickHouse = connectClickHouse({ url: 'http://127.0.0.1:9/none', log: pino({ level: 'silent' }) })
const outcome = (statement: Sql, of: Parameters<typeof defineQuery>[0]['tenant'] = tenant) =>
  clickHouse.query(defineQuery({ name: 'test.scope', tenant: of, sql: statement, row }))
const notHeld = /test\.scope is not held to the rows of its tenant/

test.each<[string, Sql]>([
  ['names no tenant', sql`SELECT count() FROM log_events`],
  ['names its tenant as a text', sql`SELECT count() FROM log_events WHERE service = ${p.text(tenant)}`],
  ['names its tenant as any id', sql`SELECT count() FROM log_events WHERE event_id = ${p.uuid(tenant)}`],
  ['names another tenant', sql`SELECT count() FROM log_events WHERE ${scoped(other, range)}`],
  [
    'names another tenant beside its own',
    sql`SELECT count() FROM log_events WHERE ${scoped(tenant, range)} OR tenant_id = ${p.tenant(other)}`,
  ],
])('a query of a tenant that %s is not sent', async (_what, statement) => {
  await expect(outcome(statement)).rejects.toThrow(TypeError)
  await expect(outcome(statement)).rejects.toThrow(notHeld)
})

test('a query that is held to its tenant is sent, and one of an operator needs none', async () => {
  const sent = { code: 'STORE_UNAVAILABLE' }
  await expect(outcome(sql`SELECT 1 FROM t WHERE ${scoped(tenant, range)}`)).rejects.toMatchObject(sent)
  await expect(
    outcome(sql`SELECT 1 FROM (SELECT 1 FROM t WHERE ${scoped(tenant, range, { hours: true })})`),
  ).rejects.toMatchObject(sent)
  await expect(outcome(sql`SELECT 1`, 'operator')).rejects.toMatchObject(sent)
})

test('a query whose connection breaks off is asked once more; a second time is an error with advice', async () => {
  let [asked, broken] = [0, 0]
  const server = createServer((request, response) => {
    asked += 1
    if (broken > 0) {
      broken -= 1
      request.socket.destroy()
    } else response.end('{"n":1}\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/test`
  const one = connectClickHouse({ url, log: pino({ level: 'silent' }) })
  onTestFinished(async () => {
    await one.close()
    server.close()
  })
  const query = defineQuery({ name: 'test.cut', tenant: 'operator', sql: sql`SELECT 1 AS n`, row })

  await one.query(query)
  ;[asked, broken] = [0, 1]
  expect(await one.query(query)).toEqual([{ n: 1 }])
  expect(asked).toBe(2)
  ;[asked, broken] = [0, 5]
  await expect(one.query(query)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(asked).toBe(2)
})
