// Exits, with the code 3, while the engine inserts, merges and reads: for `embedded-stack.test.ts`. Argument:
// a folder for its data.
import { openChdb } from '../../src/embedded/clickhouse.ts'

const { run } = openChdb({ path: process.argv[2]!, readers: 6 })
const statement = (query: string, body?: string) =>
  run({ query, database: 'default', ...(body !== undefined && { body }) })
const repeat = async (query: string, body?: string): Promise<never> => {
  for (;;) await statement(query, body)
}

await statement('CREATE TABLE load (n UInt64, text String) ENGINE = MergeTree ORDER BY n')
const rows = Array.from({ length: 20_000 }, (_, n) => JSON.stringify([n, 'x'.repeat(50)])).join('\n')
void repeat('INSERT INTO load FORMAT JSONCompactEachRow', rows)
for (let reader = 0; reader < 6; reader += 1)
  void repeat('SELECT n % 1000 AS key, count(), uniqExact(text) FROM load GROUP BY key FORMAT Null')
setTimeout(() => process.exit(3), 700)
