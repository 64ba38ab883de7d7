import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { schema } from '../../src/graphql/schema.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { idMutations } from '../walls/id-mutations.ts'
import { literalsOf } from '../walls/literals.ts'
import { openTo } from '../walls/open-to.ts'

let program: TestApp
let client: TestClient
let stream: string
let incident: string
beforeAll(async () => {
  program = await sharedApp()
  const { key, tenant } = await program.seed.tenant()
  client = createTestClient(program.url, key)
  stream = (await program.seed.stream(tenant)).globalId
  incident = globalId('Incident', uuidv7())
})
afterAll(() => program.stop())

type Problems = Record<string, { code: string; path: string[] }>
type Log = { auditLog: { nodes: { id: string; action: string; code: string }[] } }

const attempts = idMutations(schema).filter(({ field }) => openTo(field) === 'keys')

/** Of the rows that attempts before had. */
const seen = new Set<string>()
test.each(attempts)(
  '$name with an id in $place of something else, or of nothing, is a problem at that field, and the same in the audit log',
  async ({ name, place, document, variables }) => {
    const given = variables(literalsOf({ word: 'x', streams: [], ids: {} } as never))
    const other = /stream/i.test(name) || place === 'streamId' ? incident : stream
    const ids = [other, 'garbage', '', `${other}=`]
    for (const id of ids) {
      const { data, errors } = (await client.request(document, given(id))) as Answer<Problems>
      expect([id, errors]).toEqual([id, undefined])
      expect([id, data![name]]).toMatchObject([id, { code: 'NOT_FOUND', path: [place] }])
    }
    const log = (await client.request('{ auditLog(first: 4) { nodes { id action code } } }')) as Answer<Log>
    const { nodes } = log.data!.auditLog
    expect(nodes.map(({ action, code }) => [action, code])).toEqual(ids.map(() => [name, 'NOT_FOUND']))
    expect(nodes.filter(({ id }) => seen.has(id))).toEqual([])
    for (const { id } of nodes) seen.add(id)
  },
)
