import { setTimeout as pause } from 'node:timers/promises'
import { createSeed } from '../tests/testkit/seed.ts'
import { SILENCE_MS } from '../src/platform/watch.ts'
import { callers, createLines, faultsFor, storeNames, tryFault } from '../tests/testkit/trial.ts'
import { endWithUsage, wordsOf } from './arguments.ts'
import { openProgram } from './program.ts'

/**
 * For each store and way in which the line to it breaks, for 20 s: what callers get meanwhile and their
 * longest wait, seconds until all is well again, and events that a subscription lost, heard twice or out of
 * order. Run: `node_modules/.bin/node bench/faults.ts`, with names of stores to try only those; seven minutes
 * each store.
 */
const FAULT_MS = 20_000

const USAGE = `node_modules/.bin/node bench/faults.ts [${storeNames.join('|')}...]`
const names = wordsOf(USAGE, storeNames.length)
const unknown = names.find((name) => !storeNames.some((store) => store === name))
if (unknown !== undefined) endWithUsage(USAGE, `There is no store "${unknown}".`)
const stores = storeNames.filter((name) => names.length === 0 || names.includes(name))
const lines = createLines()
const program = await openProgram({ lines })
try {
  for (const store of stores)
    for (const [name, fault] of Object.entries(faultsFor(SILENCE_MS))) {
      const trial = await tryFault({
        url: program.url,
        seed: createSeed(program.app.modules),
        line: lines.to(store),
        fault,
        during: () => pause(FAULT_MS),
        goodWithinMs: 120_000,
      }).catch((error: Error) => error)
      if (trial instanceof Error) {
        console.log(`| ${store} | ${name} | ${trial.message} |`)
        continue
      }
      const { met, goodAfterMs, opened, heard } = trial
      const met1 = callers.map(
        (caller) => `${met[caller].codes.join(', ')} (${(met[caller].longestMs / 1_000).toFixed(1)} s)`,
      )
      const lost = opened.filter((title) => !heard.includes(title)).length
      const twice = heard.length - new Set(heard).size
      const numbers = heard.map((title) => Number(title.split(' ')[1]))
      const unordered = numbers.filter((number, at) => at > 0 && !(number > numbers[at - 1]!)).length
      console.log(
        `| ${store} | ${name} | ${met1.join(' | ')} | ${(goodAfterMs / 1_000).toFixed(1)} s | ${lost}, ${twice}, ${unordered} of ${opened.length} |`,
      )
    }
} finally {
  await program.stop()
}
