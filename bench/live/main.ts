import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startRedisServer } from '../../tests/testkit/redis.ts'
import { countOf, endWithUsage } from '../arguments.ts'
import { printProfiles } from './profile.ts'
import { scenarios } from './scenarios.ts'
import { OTHERS_CORE, pin } from './server.ts'
import type { Measured } from './session.ts'
import { HEAD, lineOf, machine, rowsOf } from './table.ts'

const HELP = `The live path beside what it could be: one table of Markdown.

  node_modules/.bin/node bench/live/main.ts [scenario...] [--rounds 3] [--quick] [--out FILE] [--profile FOLDER]

  --rounds N        ours and the baselines in turns, so often; medians with the least and the most (3)
  --quick           fewer events: for a look, not for a figure
  --out FILE        the rows, every round and the machine's facts as JSON
  --profile FOLDER  a CPU profile of our server for each measured part, and its costliest functions (slower: no figures)

Each server is a process of its own, alone on core 0; client (C, needs cc), publisher and stores have core 1. CPU is
that of the server's whole process, in our case with the embedded ClickHouse, which is never subtracted. Every frame is
checked: its operation's id, and numbers without a gap or a repeat; a wrong count fails the run. Publishers go through
Redis: ours by the bus, the others by a plain channel with the same bytes.

  ours         the whole program, rate limits off, HELIOGRAPH_ROLES=server
  bare-ws      ws: a loop that sends the same string to each socket
  bare-spoken  ws: answers connection_init and subscribe, with nothing behind them
  bare-sse     node:http: a loop that writes the same string to each response
  stock        graphql-ws and graphql-redis-subscriptions

Scenarios (all unless named):
${Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(17)} ${about}`)
  .join('\n')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => !(name in scenarios))
if (values.help) endWithUsage(HELP)
if (unknown.length > 0) endWithUsage(HELP, `There is no scenario ${unknown.join(', ')}.`)
const rounds = countOf(values.rounds, HELP)
if (values.profile) mkdirSync(values.profile, { recursive: true })

const pinned = pin(process.pid, OTHERS_CORE)
const facts = { ...machine(), pinned, rounds, quick: values.quick }
const redis = await startRedisServer()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void redis.close().finally(() => process.exit(1))) // servers end with their channel
const measured: Measured[] = []
const failures: string[] = []
const bench = { redisUrl: redis.url, quick: values.quick, profiles: values.profile }
const asked = positionals.length > 0 ? positionals : Object.keys(scenarios)
try {
  for (const name of asked)
    for (let round = 1; round <= facts.rounds; round += 1) {
      console.error(`${name}, round ${round} of ${facts.rounds}`)
      try {
        const rows = await scenarios[name]!.round(bench)
        for (const row of rowsOf(rows)) console.error(`  ${lineOf(row)}`)
        measured.push(...rows)
      } catch (error) {
        console.error(error)
        failures.push(`${name}, round ${round}: ${String(error)}`)
      }
    }
} finally {
  await redis.close()
}
const rows = rowsOf(measured)
const how = `${facts.rounds} rounds${values.quick ? ', quick' : ''}${pinned ? '' : ', not pinned'}`
console.log(`${how}, commit ${facts.commit}, Node ${facts.node}, ${facts.cores} cores\n`)
console.log([HEAD, ...rows.map(lineOf)].join('\n'))
for (const failure of failures) console.log(`\nFailed: ${failure}`)
if (failures.length > 0) process.exitCode = 1
if (values.out) writeFileSync(values.out, `${JSON.stringify({ machine: facts, rows, failures }, null, 2)}\n`)
if (values.profile) printProfiles(values.profile)
