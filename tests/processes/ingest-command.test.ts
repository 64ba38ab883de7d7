import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { problem, startCollector } from '../testkit/ingest/collector.ts'
import { runCommand, startCommand, temporaryFolder } from '../testkit/ingest/run-command.ts'
import { until } from '../testkit/waiters.ts'

const setup = async () => {
  const folder = await temporaryFolder()
  const collector = await startCollector()
  onTestFinished(async () => {
    await collector[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })
  return {
    folder,
    collector,
    flags: ['--url', collector.url, '--api-key', 'hg_test', '--data-dir', folder.path],
  }
}

const csv = (rows: number): string =>
  [
    'Date,Time,Text',
    ...Array.from({ length: rows }, (_, index) => {
      const time = new Date(Date.UTC(2015, 9, 18) + index * 333).toISOString()
      return `${time.slice(0, 10)},"${time.slice(11, 23).replace('.', ',')}","row ""${index}"""`
    }),
  ].join('\r\n')
const mapping = [
  '--map',
  'Text=message',
  '--time-column',
  'Date',
  '--time-column',
  'Time',
  '--time-format',
  '%F %T,%f',
]

/** A command that starts beside three others may take longer than a wait does. */
const STARTED = { timeoutMs: 40_000 }

/** Rows that the progress in a folder of data says were answered without a gap; none before there is one. */
const keptRows = async (folder: string): Promise<number | undefined> => {
  const name = (await readdir(join(folder, 'ingest'))).find((each) => each.endsWith('.json'))
  if (!name) return undefined
  const kept = JSON.parse(await readFile(join(folder, 'ingest', name), 'utf8')) as { tally: { rows: number } }
  return kept.tally.rows
}

test('after a SIGKILL in the middle the same command goes on, and every row counts once with one and the same shift', async () => {
  const { folder, collector, flags } = await setup()
  const file = await folder.write('rows.csv', csv(1000))
  const args = ['log_events', file, ...mapping, '--shift-to', 'now', '--batch', '50', '--json', ...flags]
  // From row 400 on the rows are taken and the answer never comes: the worst moment to die.
  collector.reply = ({ items: [first] }) =>
    Number(/\d+/.exec(String(first?.message))) >= 400 ? 'hold' : undefined
  const first = startCommand(args)
  await until(() => collector.held === 3, STARTED)
  expect(collector.items.size).toBe(11 * 50)
  // It writes down what was answered, and dies after that.
  await until(async () => (await keptRows(folder.path)) === 400, STARTED)
  first.child.kill('SIGKILL')
  await first.ended
  collector.reply = () => undefined

  const second = await runCommand(args)
  expect(second.code, second.stderr).toBe(0)
  expect(JSON.parse(second.stdout)).toMatchObject({
    state: 'complete',
    resumedAfterRows: 400,
    rows: 600,
    accepted: 450,
    duplicates: 150,
    rejected: 0,
    total: { rows: 1000 },
  })
  expect(collector.items.size).toBe(1000)
  const times = [...collector.items.values()]
    .map(({ time }) => Date.parse(String(time)))
    .toSorted((a, b) => a - b)
  expect(new Set(times.slice(1).map((time, index) => time - times[index]!))).toEqual(new Set([333]))
  expect((await runCommand(args)).stdout).toContain('"state":"sent-before"')
})

test('Ctrl-C finishes what is under way, says how to go on, and exits with 130', async () => {
  const { folder, collector, flags } = await setup()
  const file = await folder.write('rows.csv', csv(100))
  const args = ['log_events', file, ...mapping, '--rate', '20', ...flags]
  const { child, ended } = startCommand(args)
  await until(() => collector.items.size > 0, STARTED)
  child.kill('SIGINT')
  const { code, stdout } = await ended
  expect(code).toBe(130)
  expect(stdout).toContain('Run the same command again')
  expect(collector.items.size).toBeLessThan(100)
})

test('rejected rows make exit code 2 and a table of reasons with lines', async () => {
  const { folder, collector, flags } = await setup()
  const file = await folder.write('rows.csv', `${csv(3)}\r\nnever,"at all",x\r\n`)
  collector.judge = ({ message }) =>
    message === 'row "1"' ? { code: 'TOO_OLD', message: 'too old' } : undefined
  const { code, stdout } = await runCommand(['log_events', file, ...mapping, ...flags])
  expect(code).toBe(2)
  expect(stdout).toMatch(/TOO_OLD +1 +3 +too old/)
  expect(stdout).toMatch(/UNREADABLE +1 +5 +the time is not in the format/)
})

test('a key that is not known ends with exit code 1 and says so in one line', async () => {
  const { folder, collector, flags } = await setup()
  collector.reply = () => problem(401, 'UNAUTHENTICATED', 'Unknown key')
  const { code, stderr } = await runCommand([
    'log_events',
    await folder.write('r.csv', csv(3)),
    ...mapping,
    ...flags,
  ])
  expect(code).toBe(1)
  expect(stderr).toContain('The server does not know this key: Unknown key')
})

test('standard input sent twice is counted once', async () => {
  const { collector, flags } = await setup()
  const args = ['log_events', '-', '--json', '--no-resume', ...flags]
  const input = '{"time":1,"message":"a"}\n{"time":2,"message":"b"}\n'
  const first = await runCommand(args, input)
  expect(first.stderr).toContain('Reading standard input to its end')
  expect(JSON.parse(first.stdout)).toMatchObject({ accepted: 2 })
  const again = await runCommand(args, input)
  expect(JSON.parse(again.stdout)).toMatchObject({ accepted: 0, duplicates: 2, changed: false })
  const told = await runCommand(
    args.filter((each) => each !== '--json'),
    input,
  )
  expect(told.stdout).toMatch(/^NOTHING WAS CHANGED: of 2 rows 2 have an event_id/)
  expect(collector.items.size).toBe(2)
})

test('--dry-run prints the first five rows as they would be sent, the counts, and sends nothing', async () => {
  const { folder, collector, flags } = await setup()
  const file = await folder.write('rows.csv', csv(8))
  const args = ['log_events', file, ...mapping, '--dry-run', '--json', ...flags]
  const shifted = await runCommand([...args, '--shift-to', 'now'])
  expect(shifted.code).toBe(0)
  expect(JSON.parse(shifted.stdout)).toMatchObject({ rows: 8, acceptable: 8, rejected: 0, hints: [] })
  const { code, stdout } = await runCommand(args)
  const result = JSON.parse(stdout) as { first: unknown[] }
  expect(code).toBe(2)
  expect(result).toMatchObject({ rows: 8, acceptable: 0, reasons: [{ code: 'TOO_OLD', count: 8 }] })
  expect(result).toMatchObject({ hints: [expect.stringContaining('--shift-to now'), expect.anything()] })
  expect(result.first).toHaveLength(5)
  expect(result.first[1]).toMatchObject({ message: 'row "1"', time: '2015-10-18T00:00:00.333Z' })
  expect(collector.requests).toHaveLength(0)
})

test('the kept progress holds no key', async () => {
  const { folder, flags } = await setup()
  await runCommand(['log_events', await folder.write('r.csv', csv(3)), ...mapping, ...flags])
  const kept = await readdir(join(folder.path, 'ingest'))
  expect(kept).toHaveLength(1)
  expect(await readFile(join(folder.path, 'ingest', kept[0]!), 'utf8')).not.toContain('hg_test')
})

test('a file, a column or a flag that is wrong is told in one line, before anything is sent', async () => {
  const { folder, collector, flags } = await setup()
  const file = await folder.write('rows.csv', csv(3))
  for (const [args, message] of [
    [['log_events', join(folder.path, 'none.csv')], 'There is no file'],
    [['log_events', folder.path], 'is not a file'],
    [['log_events', file, '--map', 'Body=message'], 'no column "Body". It has: Date, Time, Text'],
    [['log_events', file, '--time-format', '%b %d'], '--time-year'],
    [['log_events', file, ...mapping, '--shift-to', 'tomorrow'], '--shift-to takes now'],
  ] as const) {
    const { code, stderr } = await runCommand([...args, ...flags])
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  }
  expect(collector.requests).toHaveLength(0)
})
