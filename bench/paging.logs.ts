import { uuidv7 } from '../src/platform/ids.ts'
import type { Answer, TestClient } from '../tests/testkit/client.ts'

const DOCUMENT =
  'query ($first: Int, $after: String) { logs(first: $first, after: $after) { edges { cursor } pageInfo { endCursor hasNextPage } } }'
type Page = {
  readonly edges: { readonly cursor: string }[]
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}
/** A body of these stays below the 2 MiB of a request. */
const BATCH = 10_000
const HOUR_MS = 3_600_000

const lineAt = (timeMs: number) => ({
  event_id: uuidv7(),
  time: Math.floor(timeMs),
  message: 'A line of a log',
})

/** The list of log lines, which ClickHouse holds: newest first, with as many lines over the last 20 hours. */
export const createLogs = (client: TestClient, flushed: () => Promise<void>) => {
  const send = async (lines: readonly object[]): Promise<void> => {
    const { status, body } = await client.ingest('log_events', lines)
    if (status !== 202) throw new Error(JSON.stringify(body))
  }
  const now = Date.now()
  let written = 0
  return {
    /** Answers the ids of the lines. */
    fill: async (rows: number): Promise<string[]> => {
      const lines = Array.from({ length: rows }, (_, n) => lineAt(now - 1_000 - (n / rows) * 20 * HOUR_MS))
      for (let from = 0; from < rows; from += BATCH) await send(lines.slice(from, from + BATCH))
      await flushed()
      return lines.map(({ event_id }) => event_id)
    },
    /** One line now, and one that is older than all others. */
    writeAtBothEnds: async (): Promise<void> => {
      written += 1
      await send([lineAt(Date.now()), lineAt(now - 20 * HOUR_MS - written)])
    },
    page: async (first: number, after: string | null): Promise<Page> => {
      const { data, errors } = (await client.request(DOCUMENT, { first, after })) as Answer<{
        logs: Page | null
      }>
      if (!data?.logs) throw new Error(JSON.stringify(errors))
      return data.logs
    },
    idOfCursor: (cursor: string): string => Buffer.from(cursor, 'base64url').toString().split(':')[1]!,
  }
}
