/**
 * Deep paging: of each list and order of the graph, in both directions, the median time of page 1 and of page
 * 2,000 (100 rows each, over HTTP, in turns) and how Postgres reads the deep one; then all pages of each list one
 * after the other: rows that were there before, rows met of them, rows met twice. Meanwhile a writer inserts at
 * both ends. On stores that this command starts and removes.
 *
 *   node_modules/.bin/node bench/paging.ts [rows] [which lists, as a pattern: 'streams|Stream.keys']
 */
import { isInterfaceType } from 'graphql'
import pg from 'pg'
import { cursorOf, MAX_PAGE, type Direction } from '../src/graphql/keyset.ts'
import { schema } from '../src/graphql/schema.ts'
import { domains } from '../tests/domains/index.ts'
import { columnOf, companions } from '../tests/graph/clones.ts'
import { documentOf, idOfCursor, listFields, type ListField } from '../tests/graph/lists.ts'
import type { Answer, TestClient } from '../tests/testkit/client.ts'
import { inhabit, type Inhabitant } from '../tests/walls/inhabitant.ts'
import { createPeople } from '../tests/walls/people.ts'
import { createLogs } from './paging.logs.ts'
import { countOf, endWithUsage, wordsOf } from './arguments.ts'
import { inTurns, walk, writeUntilTold, type Page } from './paging.measure.ts'
import { planOf } from './paging.plan.ts'
import { createCopies } from './paging.rows.ts'
import { openProgram } from './program.ts'

const USAGE =
  "node_modules/.bin/node bench/paging.ts [rows, by default 200000] [which lists, as a pattern: 'streams|Stream.keys']"
const [rows = '200000', pattern = ''] = wordsOf(USAGE, 2)
const ROWS = countOf(rows, USAGE)
const only = new RegExp(pattern)
/** With ten pages beyond the deep one: at the very end of a list a plan has little to choose. */
const MADE = ROWS + 10 * MAX_PAGE
const DEEP = Math.floor(ROWS / MAX_PAGE)

const tables: Readonly<Record<string, string>> = Object.assign({}, ...domains.map(({ nodes }) => nodes))
const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []
// Lists of a parent first: their copies are in the list of all rows too, but not the other way round.
const lists = listFields(schema).toSorted(
  (a, b) => Number(a.parent === 'Query') - Number(b.parent === 'Query'),
)
const chosen = lists.filter(({ name }) => only.test(name))
if (chosen.length === 0 && !only.test('Query.logs')) endWithUsage(USAGE, `No list is like "${pattern}".`)

/** Rows of the second table. */
const walks: string[] = []

const measure = async (
  owner: pg.Client,
  writer: pg.Client,
  { home, client, userId }: { home: Inhabitant; client: TestClient; userId: string },
): Promise<void> => {
  const ask = async (at: ListField, args: object): Promise<Page> => {
    const text = documentOf(at, 'edges { cursor } pageInfo { endCursor hasNextPage }')
    const answer = await client.request(text, { ...args, id: home.ids[at.parent]?.[0] })
    const { data, errors } = answer as Answer<Record<string, never>>
    const root = data as { list?: Page; viewer?: { list: Page }; node?: { list: Page } } | null
    const page = root?.list ?? root?.viewer?.list ?? root?.node?.list
    if (!page || errors) throw new Error(`${at.name}: ${JSON.stringify(errors)}`)
    return page
  }

  /** The cursor before the deep page, as the program makes it. */
  const deepCursor = async (at: ListField, field: string, direction: Direction): Promise<string> => {
    const column = at.list.columns[field]!
    const by = columnOf(column.field)
    const { rows } = await owner.query<{ id: string; value: unknown }>(
      `SELECT t.id, ${by} AS value FROM ${tables[at.list.type]} t JOIN bench_copies c ON c.id = t.id AND c.type = $1
        ORDER BY ${by} ${direction} NULLS LAST, t.id ${direction} OFFSET $2 LIMIT 1`,
      [at.list.type, (DEEP - 1) * MAX_PAGE - 1],
    )
    const { id, value } = rows[0]!
    const plain = column.kind === 'bigint' && value !== null ? BigInt(value as string) : value
    return cursorOf(column, { id, [column.field]: plain })
  }

  const filled = new Map<string, Awaited<ReturnType<typeof createCopies>>>()
  /** Copies the first row of a list; of each type once, since two lists may be of the same rows. */
  const fill = async (at: ListField) => {
    const { type } = at.list
    if (filled.has(type)) return filled.get(type)!
    const { edges } = await ask(at, { first: 1 })
    const columns = lists.filter((each) => each.list.type === type).map((each) => each.list.columns)
    const original = {
      type,
      table: tables[type]!,
      id: idOfCursor(edges[0]!.cursor),
      varying: columns.flatMap((each) => Object.values(each).map(({ field }) => columnOf(field))),
    }
    await (await createCopies(owner, original)).insert(0, MADE - 1)
    const { [type]: companion } = companions
    await owner.query(`VACUUM ANALYZE ${[original.table, companion?.table].filter(Boolean).join(', ')}`)
    const copies = await createCopies(writer, original)
    filled.set(type, copies)
    return copies
  }

  let ends = 0
  for (const at of chosen) {
    const copies = await fill(at)
    const { rows: before } = await owner.query<{ id: string }>(
      'SELECT id FROM bench_copies WHERE type = $1',
      [at.list.type],
    )
    const stop = writeUntilTold(async () => {
      ends += 1
      await copies.insert(-ends, -ends)
      await copies.insert(MADE + ends, MADE + ends)
    })
    const ofAccount = at.parent === 'Viewer' || at.name === 'Query.sessions'
    for (const [field, column] of Object.entries(at.list.columns))
      for (const direction of ['ASC', 'DESC'] as const) {
        const after = await deepCursor(at, field, direction)
        const read = (place: string | null) =>
          ask(at, { first: MAX_PAGE, after: place, orderBy: { field, direction } })
        const plan = await planOf(owner, () => read(after), {
          table: tables[at.list.type]!,
          column: columnOf(column.field),
          scope: ofAccount ? ['', userId] : [home.tenant, ''],
        })
        const [shallow, deep] = await inTurns([null, after], read)
        console.log(`| \`${at.name}\` | ${field} ${direction} | ${shallow} | ${deep} | ${plan} |`)
      }
    const ids = before.map(({ id }) => id)
    const read = (after: string | null) => ask(at, { first: MAX_PAGE, after })
    walks.push((await walk(at.name, ids, read, idOfCursor, stop)).row)
  }
}

const measureLogs = async (client: TestClient, flushed: () => Promise<void>): Promise<string> => {
  const logs = createLogs(client, flushed)
  const before = await logs.fill(MADE)
  const read = (after: string | null) => logs.page(MAX_PAGE, after)
  const { row, cursors } = await walk(
    'Query.logs',
    before,
    read,
    logs.idOfCursor,
    writeUntilTold(logs.writeAtBothEnds),
  )
  const stop = writeUntilTold(logs.writeAtBothEnds)
  const [shallow, deep] = await inTurns([null, cursors[(DEEP - 1) * MAX_PAGE - 1]!], read)
  await stop()
  console.log(`| \`Query.logs\` | newest first | ${shallow} | ${deep} | (ClickHouse) |`)
  return row
}

const program = await openProgram({
  settings: { RATE_LIMIT_COST: '0', RATE_LIMIT_REQUESTS: '0', RATE_LIMIT_ROWS: '0' },
})
const connect = async (): Promise<pg.Client> => {
  const connection = new pg.Client({ connectionString: program.databases.ownerUrl })
  await connection.connect()
  // Copies are rows of a benchmark: no trigger and no foreign key has to look at each.
  await connection.query('SET session_replication_role = replica')
  return connection
}
const [owner, writer, people] = [await connect(), await connect(), await createPeople(program)]
try {
  await owner.query('CREATE TABLE bench_copies (type text, id uuid)')
  const home = await inhabit(program, 'alpha', 11, nodeTypes)
  const ann = await people.person('ann', [home])
  const { client } = await ann.actIn(home)
  const userId = Buffer.from(ann.userId, 'base64').toString().split(':')[1]!
  console.log(`| list | order | page 1 | page ${DEEP} | index condition |\n|---|---|---|---|---|`)
  await measure(owner, writer, { home, client, userId })
  if (only.test('Query.logs')) walks.push(await measureLogs(home.client, program.app.ingest.flushed))
} finally {
  console.log(
    '\n| list | pages | time | written meanwhile | rows before | of them met | met twice |\n|---|---|---|---|---|---|---|',
  )
  console.log(walks.join('\n'))
  await Promise.all([people.close(), owner.end(), writer.end()])
  await program.stop()
}
