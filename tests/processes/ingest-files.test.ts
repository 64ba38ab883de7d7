import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { p, sql } from '../../src/platform/clickhouse/sql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { temporaryFolder } from '../testkit/ingest/run-command.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(root, 'docs/ingest.md'), 'utf8')

/** The commands of the page, as they stand there. */
const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)]
  .flatMap(([, block]) => block!.replaceAll('\\\n', ' ').trim().split('\n'))
  .filter((command) => !command.includes('--dry-run'))
const rows = new Map(
  [...page.matchAll(/^\| `([\w.-]+)` \| (\d+) \|$/gm)].map(([, file, count]) => [file!, Number(count)]),
)
const fileOf = (command: string): string => basename(/examples\/files\/\S+/.exec(command)![0])

let program: TestApp
let tenant: Awaited<ReturnType<TestApp['seed']['tenant']>>
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  program = await startApp()
  tenant = await program.seed.tenant()
  folder = await temporaryFolder()
})
afterAll(async () => {
  await program?.stop()
  await folder?.[Symbol.asyncDispose]()
})

const run = async (command: string) => {
  const given = {
    HELIOGRAPH_URL: program.url,
    HELIOGRAPH_API_KEY: tenant.key,
    HELIOGRAPH_DATA_DIR: folder.path,
  }
  const child = spawn('sh', ['-c', command], { cwd: root, env: { ...process.env, ...given } })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, out, err }
}

const linesOf = (service: string) =>
  program.databases.clickHouse.query(
    defineQuery({
      name: 'test.lines',
      tenant: tenant.tenant,
      sql: sql`
        SELECT toUnixTimestamp64Milli(time) AS at, level, host, message, attributes FROM log_events
        WHERE tenant_id = ${p.tenant(tenant.tenant)} AND service = ${p.text(service)}
        ORDER BY time, UUIDToNum(event_id)`,
      row: z.object({
        at: z.coerce.number(),
        level: z.string(),
        host: z.string(),
        message: z.string(),
        attributes: z.record(z.string(), z.string()),
      }),
    }),
  )

test('every file of examples/files is imported whole by the command that docs/ingest.md gives', async () => {
  expect(commands.map(fileOf).toSorted()).toEqual([...rows.keys()].toSorted())
  expect([...rows.keys(), 'faulty.csv'].toSorted()).toEqual(
    readdirSync(join(root, 'examples/files')).toSorted(),
  )
  const waiting = [...commands]
  const work = async (): Promise<void> => {
    for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
      const { code, out, err } = await run(`${command} --json`)
      expect([code, err], command).toEqual([0, expect.any(String)])
      const count = rows.get(fileOf(command))
      expect(JSON.parse(out), command).toMatchObject({ rows: count, accepted: count, rejected: 0 })
    }
  }
  await Promise.all([work(), work()])
  await program.app.ingest.flushed()
  // Twenty programs, one after another: a busy machine needs more than the usual time.
})

test('what is in a file comes back as it was meant, in the order of the file', async () => {
  const shop = await linesOf('shop')
  expect(shop.map(({ level, message }) => [level, message.slice(0, 12)])).toEqual([
    ['INFO', '"GET / HTTP/'],
    ['WARN', '"POST /cart '],
    ['ERROR', '"GET /pay?id'],
  ])
  expect(shop[1]?.attributes).toMatchObject({ method: 'POST', path: '/cart', status: '404' })
  expect(JSON.stringify(shop)).not.toContain('192.0.2')
  const checkout = await linesOf('checkout')
  expect(checkout.map(({ message }) => message)).toEqual([
    'order 1001 was paid',
    'payment is slow, 3.2 s',
    'customer wrote "where is it?"\nand nothing more',
  ])
  const kernel = await linesOf('kernel')
  expect(kernel[1]!.at - kernel[0]!.at).toBe(3_000)
  expect(await linesOf('raid')).toMatchObject([
    { level: 'ERROR', attributes: { 'disk@32473.model': 'X "pro"' } },
  ])
})

test('a faulty file tells each of its rows by line, in a dry run as docs/ingest.md shows it', async () => {
  const [, command, shown] = /^```sh\n(bin\/[^\n]*--dry-run)\n```\n\n```\n(.*?)^```/ms.exec(page)!
  const { code, out } = await run(command!)
  expect(code).toBe(2)
  const told = shown!.trim().split('\n').slice(1)
  expect(out.split('\n').map((line) => line.trimEnd())).toEqual(
    expect.arrayContaining(told.filter((line) => !/^-+ /.test(line))),
  )
})
