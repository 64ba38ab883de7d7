import { parseArgs } from 'node:util'
import { createPasswords } from '../../src/auth/passwords.ts'
import { openProgram } from '../../bench/program.ts'
import { fuzz, fuzzedSettings, type Find } from './fuzz.ts'
import { createKeptLog } from './program-log.ts'

/**
 * The long form of `fuzz.test.ts`, on stores of its own: finds one of each kind, told when it is met, then
 * what was asked and what came of it. Ends with 1 when there was a find. Run:
 * `node_modules/.bin/node tests/fuzz/run.ts --operations 200000 --seed 1` (`--from 123 --operations 1` is one
 * operation of a find again).
 */
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
})
const [operations, seed, from] = [values.operations, values.seed, values.from].map(Number) as [
  number,
  number,
  number,
]

/** Finds of one kind differ in ids, numbers and what is quoted. */
const kindOf = ({ faults }: Find): string =>
  faults.map((fault) => fault.replaceAll(/"[^"]*"|[\w-]{20,}|\d+/g, '#').slice(0, 300)).join('; ')

const kept = createKeptLog()
const program = await openProgram({
  settings: fuzzedSettings,
  log: kept.log,
  passwords: createPasswords({ parameters: { memoryCost: 64, timeCost: 1, parallelism: 1 } }),
})
const kinds = new Map<string, number>()
let told = 0
const since = performance.now()
const onProgress = (done: number, finds: readonly Find[]): void => {
  for (const find of finds.slice(told)) {
    const kind = kindOf(find)
    const times = (kinds.get(kind) ?? 0) + 1
    kinds.set(kind, times)
    if (times === 1)
      console.log(
        [
          '',
          `seed ${find.seed}, operation ${find.index}:`,
          ...find.faults,
          find.sent,
          find.answer,
          ...kept.about(find.answer),
        ].join('\n'),
      )
  }
  told = finds.length
  if (done % 1_000 === 0)
    console.log(
      `${done} of ${operations}, ${finds.length} finds, ${Math.round((performance.now() - since) / 1000)} s, ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MB`,
    )
}
try {
  const { counts, coverage, finds } = await fuzz(program, { seed, operations, from, onProgress })
  onProgress(operations, finds)
  console.table(Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b))))
  for (const [what, { reached, of, missed }] of Object.entries(coverage))
    console.log(`${what}: ${reached} of ${of}; not ${missed.join(', ') || 'one'}`)
  console.table(Object.fromEntries(kinds))
  process.exitCode = finds.length > 0 ? 1 : 0
} finally {
  await program.stop()
}
