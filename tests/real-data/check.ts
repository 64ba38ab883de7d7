import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkAlerts } from './check-alerts.ts'
import { checkHealth } from './check-health.ts'
import { checkLogs } from './check-logs.ts'
import { checkNodes } from './check-nodes.ts'
import { checkProduct } from './check-product.ts'
import { checkStalls } from './check-stalls.ts'
import { checkStreams } from './check-streams.ts'
import { createFactTable } from './fact-table.ts'
import { connectGraph } from './graph.ts'
import { parseReadme } from './readme-facts.ts'

// node_modules/.bin/node tests/real-data/check.ts <folder> --url http://127.0.0.1:4000 --api-key hg_... Imports real data
// through the public ingest of a running program, then asks GraphQL for the facts of the folder's README.
// Exits with 1 when one of them differs. The key needs the scopes read, write and ingest, and a tenant
// without such streams and services.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, 'api-key': { type: 'string' }, 'data-dir': { type: 'string' } },
})
const [folder] = positionals
const { url, 'api-key': apiKey } = values
if (!folder || !url || !apiKey) {
  console.error(
    'usage: node_modules/.bin/node tests/real-data/check.ts <folder> --url <url> --api-key <key> [--data-dir <folder>]',
  )
  process.exit(1)
}

const startMs = performance.now()
const kept = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'heliograph-check-')))
const table = createFactTable()
try {
  const deps = {
    folder: resolve(folder),
    target: { url, apiKey, dataDir: kept },
    graph: connectGraph(url, apiKey),
    readme: parseReadme(await readFile(join(folder, 'README.md'), 'utf8')),
    table,
    say: (text: string) => console.error(text),
  }
  await checkStreams(deps)
  await checkHealth(deps)
  await checkStalls(deps)
  const logs = await checkLogs(deps)
  await checkProduct(deps)
  const status = await checkNodes(deps)
  await checkAlerts(deps, { logs, status })
} finally {
  if (table.facts > 0) console.log(table.print())
  if (!values['data-dir']) await rm(kept, { recursive: true, force: true })
}
const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
console.log(`\n${table.facts} facts, ${table.differences} differences, ${seconds} s`)
process.exitCode = table.differences > 0 ? 1 : 0
