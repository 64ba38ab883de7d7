import { afterAll, beforeAll, expect, test } from 'vitest'
import { matches } from '../../src/platform/filter-tree.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import { statementsDuring } from '../testkit/statements.ts'

// One search over three roads: a list in Postgres, lines of the log in ClickHouse, and a value in memory, as the
// filters of subscriptions look at it. docs/filters.md has the table that this is about.

const texts = [
  'Hauptstraße 5',
  'HAUPTSTRASSE 5',
  'Die GROẞE Straße',
  'İstanbul',
  'ıstanbul ISTANBUL istanbul',
  'ΟΔΥΣΣΕΥΣ',
  'Οδυσσευς της Ιθάκης',
  '273 \u212a and 5 \u212bngström',
  '273 k and 5 ångström',
  'caf\u00e9',
  'cafe\u0301',
  'cafe',
  'the \ufb01rst o\ufb03ce',
  'THE FIRST OFFICE',
  'Ǆurđevac ǅ ǆ',
  'ŉ and ʼN',
  'ϐϑϕ ΒΘΦ',
  'ᾳ and ΑΙ',
  'ꭰ Ꭰ and 𐐀 𐐨',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467} family \u{1f600}',
  '100% of C:\\disk_0',
  '',
]
const searches: readonly string[] = [
  ['straße', 'STRASSE', 'Strasse', 'strass', 'ẞ', 'SS', 'ß', 's'],
  ['i', 'I', 'İ', 'ı', 'istan', 'İSTAN', 'İstanbul', 'i\u0307stan'],
  ['οδυσ', 'ΟΔΥΣ', 'οδυς', 'ΟΔΥΣΣΕΎΣ', 'σσευς', 'Σ', 'ς', 'σ'],
  ['k', 'K', '\u212a', 'å', 'Å', '\u212b', 'a\u030a'],
  ['café', 'CAFÉ', 'cafe\u0301', 'CAFE\u0301', 'CAFE', '\u0301'],
  ['fi', 'FI', 'ﬁ', 'ﬁRST', 'ffi', 'oﬃce', 'OFFICE', 'f'],
  ['Ǆ', 'ǅ', 'ǆ', 'DŽ', 'ŉ', 'ʼn', 'βθφ', 'ϕ', 'ᾳ', 'αι', 'Ꭰ', 'ꭰ', '𐐀', '𐐨'],
  ['\u{1f469}', '\u{1f600}', '\u{1f469}\u200d\u{1f469}', '\u200d', '%', '_', '\\', '%0', 'C:\\d', ''],
].flat()

let program: TestApp
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  const { tenant, key } = await program.seed.tenant()
  client = createTestClient(program.url, key)
  await program.app.modules.streams.service.ensure(
    tenant,
    texts.map((title, n) => ({
      internalName: `s${n}`,
      playbackId: `s${n}`,
      title,
      description: '',
      isPublic: false,
      status: 'OFFLINE' as const,
    })),
  )
  const time = Date.now() - 60_000
  const lines = texts.map((message, n) => ({ time: time + n, level: 'INFO', message }))
  expect((await client.ingest('log_events', lines)).body).toMatchObject({ accepted: texts.length })
  await program.app.ingest.flushed()
})
afterAll(() => program.stop())

const ASK = `query ($streams: StreamFilter, $logs: LogFilter) {
  streams(first: 100, filter: $streams) { nodes { title } }
  otherStreams: streams(first: 100, filter: { not: $streams }) { nodes { title } }
  logs(first: 100, range: { last: "PT1H" }, filter: $logs) { nodes { message } }
  otherLogs: logs(first: 100, range: { last: "PT1H" }, filter: { not: $logs }) { nodes { message } }
}`
type Streams = { nodes: { title: string }[] }
type Logs = { nodes: { message: string }[] }
type Found = { streams: Streams; otherStreams: Streams; logs: Logs; otherLogs: Logs }

const inOrder = (all: readonly string[]) => texts.filter((text) => all.includes(text))
const titles = ({ nodes }: Streams) => inOrder(nodes.map(({ title }) => title))
const messages = ({ nodes }: Logs) => inOrder(nodes.map(({ message }) => message))

/** What a condition finds in Postgres and in ClickHouse, and what its negation finds, in the order of `texts`. */
const found = async (condition: object) => {
  const asked = { streams: { title: condition }, logs: { message: condition } }
  const { data, errors } = (await client.request(ASK, asked)) as Answer<Found>
  if (!data || errors) throw new Error(JSON.stringify({ condition, errors }))
  return {
    found: [titles(data.streams), messages(data.logs)],
    rest: [titles(data.otherStreams), messages(data.otherLogs)],
  }
}

test.each(['contains', 'startsWith'] as const)(
  'in any case, %s finds in Postgres, in ClickHouse and in memory the same, and its negation the rest',
  async (operator) => {
    const starts = operator === 'contains' ? [] : texts.map((text) => Array.from(text).slice(0, 4).join(''))
    await Promise.all(
      [...searches, ...starts].map(async (value) => {
        const plain = texts.filter((text) => matches({ column: 'text', operator, value }, { text }))
        const rest = texts.filter((text) => !plain.includes(text))
        const shown = JSON.stringify([operator, value])
        expect({ shown, ...(await found({ [operator]: value })) }).toEqual({
          shown,
          found: [plain, plain],
          rest: [rest, rest],
        })
      }),
    )
  },
)

const containing = async (contains: string) => (await found({ contains })).found[0]
test('STRASSE finds straße, and café as one letter is not café as two', async () => {
  expect(await containing('STRASSE')).toEqual(['Hauptstraße 5', 'HAUPTSTRASSE 5', 'Die GROẞE Straße'])
  expect(await containing('οδυσσευς')).toEqual(['ΟΔΥΣΣΕΥΣ', 'Οδυσσευς της Ιθάκης'])
  expect(await containing('CAF\u00c9')).toEqual(['caf\u00e9'])
  expect(await containing('first office')).toEqual(['the \ufb01rst o\ufb03ce', 'THE FIRST OFFICE'])
})

test('what a search looks into is read by no row', async () => {
  const sent = (await statementsDuring(() => containing('straße'))).map(({ text }) => text)
  const page = sent.find((text) => text.includes('"streams"') && text.includes('LIKE'))
  expect(page).toMatch(/title_folded.*LIKE/s)
  expect(page).not.toMatch(/_folded.*FROM/s)
})
