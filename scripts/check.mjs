// What must hold before a commit, in under a minute: types, lint, form, and the contracts (the graph's text,
// its documents, the documents' facts). Runs all of them, two at a time, and tells everything that failed.
import { spawn } from 'node:child_process'

const checks = [
  ['types', 'tsc', '--noEmit', '--checkers', '2', '--pretty'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'oxfmt', '--check', '.'],
  ['contracts', 'vitest', 'run', '--project', 'unit', 'tests/contract'],
]

/** Runs a check and tells how it ended; what it printed only when it failed. */
const run = ([name, command, ...args]) =>
  new Promise((resolve) => {
    const startedAt = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text))
    const end = (ok, text) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      if (!ok) console.error(`\n--- ${name}\n${text.trim()}\n`)
      console.error(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)} ${seconds} s`)
      resolve(ok)
    }
    child.once('error', (error) => end(false, `${command} can't be run: ${error.message}`))
    child.once('close', (code) => end(code === 0, printed))
  })

const waiting = [...checks]
const results = []
const worker = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await run(next))
}
await Promise.all([worker(), worker()])
process.exitCode = results.every(Boolean) ? 0 : 1
