import { monitorEventLoopDelay } from 'node:perf_hooks'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { attacks } from '../tests/limits/attacks.ts'
import { roadNames, roadsTo, type Target } from '../tests/limits/roads.ts'
import { wordsOf } from './arguments.ts'
import { openProgram } from './program.ts'

/**
 * For each attack and transport: the code that refuses it, the time until the answer is there (median of
 * five, after one to warm up), and how long the server's event loop stood still at the worst. The attacker is
 * another thread, so that making a document of 1 MB does not count. Run: `node_modules/.bin/node
 * bench/attacks.ts`
 */
const RUNS = 5

type Outcome = { readonly code: string; readonly ms: number }

/** The attacker's side: waits for the name of an attack and a transport, and answers what came of it. */
const attacker = (): void => {
  const roads = roadsTo(workerData as Target)
  parentPort!.on('message', ({ name, transport }: { name: string; transport: string }) => {
    const run = async (): Promise<Outcome> => {
      const attack = attacks.find((each) => each.name === name)!
      const times: number[] = []
      let code = ''
      for (let index = 0; index <= RUNS; index += 1) {
        const from = performance.now()
        code = await roads[transport]!(attack)
        if (index > 0) times.push(performance.now() - from)
      }
      return { code, ms: times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)]! }
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    void run().then((outcome) => parentPort!.postMessage(outcome))
  })
}

const main = async (): Promise<void> => {
  wordsOf('node_modules/.bin/node bench/attacks.ts', 0)
  const program = await openProgram()
  const worker = new Worker(new URL(import.meta.url), { workerData: { url: program.url, key: program.key } })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const rows: Record<string, string | number>[] = []
  try {
    for (const { name, code: expected, closeCode = expected } of attacks)
      for (const transport of roadNames) {
        delay.reset()
        delay.enable()
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage({ name, transport })
        const [{ code, ms }] = (await once(worker, 'message')) as [Outcome]
        delay.disable()
        const wanted = transport === 'WebSocket' ? closeCode : expected
        if (code !== wanted) throw new Error(`${name} over ${transport}: ${code} in place of ${wanted}`)
        rows.push({
          name,
          transport,
          code,
          ms: Number(ms.toFixed(1)),
          loop: Number((delay.max / 1e6).toFixed(1)),
        })
      }
  } finally {
    await worker.terminate()
    await program.stop()
  }
  console.table(rows)
  const worst = (column: string): number => Math.max(...rows.map((row) => Number(row[column])))
  console.log(
    `Worst of ${rows.length}: ${worst('ms')} ms to the answer, ${worst('loop')} ms of event-loop delay.`,
  )
}

if (isMainThread) await main()
else attacker()
