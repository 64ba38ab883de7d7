import { getNamedType, isInputObjectType, isInterfaceType, parseValue, valueFromASTUntyped } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import type { TestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { inhabit, type Inhabitant } from '../walls/inhabitant.ts'
import { literalsOf } from '../walls/literals.ts'
import { createPeople } from '../walls/people.ts'

const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []
const creating = Object.values(schema.getMutationType()!.getFields()).flatMap(({ name, args }) => {
  const input = args[0] && getNamedType(args[0].type)
  return isInputObjectType(input) && input.getFields().idempotencyKey ? [{ name, input }] : []
})

let program: TestApp
let owner: Client
let a: Inhabitant
let b: Inhabitant
const clients = {} as Record<'a' | 'b', TestClient>
beforeAll(async () => {
  program = await startApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  const people = await createPeople(program)
  a = await inhabit(program, 'alpha', 11, nodeTypes)
  b = await inhabit(program, 'beta', 12, nodeTypes)
  clients.a = (await (await people.person('ann', [a])).actIn(a)).client
  clients.b = (await (await people.person('bea', [b])).actIn(b)).client
  await people.close()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

const inputOf = (name: string, of: Inhabitant): Record<string, unknown> =>
  valueFromASTUntyped(parseValue(literalsOf(of)[`Mutation.${name}.input`]!)) as Record<string, unknown>

/** The ids of the objects in a payload. */
const idsIn = (payload: Payload): unknown[] =>
  Object.values(payload).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null && 'id' in value ? [value.id] : [],
  )
const rowsOf = async (tenant: string): Promise<number> => {
  const { rows } = await owner.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM audit_logs WHERE tenant_id = $1',
    [tenant],
  )
  return rows[0]!.count
}

test('creating mutations take a key', () => {
  expect(creating.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['createStream', 'createProject', 'createApiKey', 'openIncident']),
  )
})

test.each(creating)(
  '$name with the same idempotencyKey happens once, also when all come at once, and tells no secret again',
  async ({ name }) => {
    const input = { ...inputOf(name, a), idempotencyKey: `once-${name}` }
    const before = await rowsOf(a.tenant)
    const answers = await Promise.all(Array.from({ length: 4 }, () => mutate(clients.a, name, input)))
    answers.push(await mutate(clients.a, name, input))
    for (const answer of answers) expect(answer.code, JSON.stringify(answer)).toBeUndefined()
    expect(new Set(answers.map((answer) => JSON.stringify(idsIn(answer)))).size).toBe(1)
    expect(idsIn(answers[0]!)).not.toEqual([])
    expect(await rowsOf(a.tenant)).toBe(before + 1)
    const secrets = answers.flatMap((answer) =>
      Object.entries(answer).filter(
        ([field, value]) => /^(key|token|secret|.*Key|.*Token)$/.test(field) && typeof value === 'string',
      ),
    )
    expect(secrets.length).toBeLessThanOrEqual(1)
  },
)

const newStream = async () => idsIn(await mutate(clients.a, 'createStream', { title: 'T' }))[0]

/** An input that creates something whatever was created before, and one that differs from it. */
const twoInputs = async (name: string): Promise<[Record<string, unknown>, Record<string, unknown>]> => {
  const input = { ...inputOf(name, a), idempotencyKey: `other-${name}` } as Record<string, unknown>
  if (input.streamId !== undefined)
    return [
      { ...input, streamId: await newStream() },
      { ...input, streamId: await newStream() },
    ]
  if (input.tenantSlug !== undefined) {
    const [one, other] = [await program.seed.tenant(), await program.seed.tenant()]
    return [
      { ...input, tenantSlug: one.slug },
      { ...input, tenantSlug: other.slug },
    ]
  }
  // The name of these is taken once.
  const ownName = /^create(AlertRule|Inhibition|NotificationChannel|NotificationRoute|OnCallSchedule)$/.test(
    name,
  )
  for (const unique of ['slug', 'internalName', ...(ownName ? ['name'] : [])])
    if (input[unique] !== undefined) input[unique] = `s-${name.toLowerCase()}`
  const [field, text] = Object.entries(input).find(
    ([key, value]) => typeof value === 'string' && /^(name|title|email|comment)$/.test(key),
  )!
  return [input, { ...input, [field]: `x${String(text)}` }]
}

test.each(creating)('$name refuses the same idempotencyKey with another input', async ({ name }) => {
  const [input, other] = await twoInputs(name)
  expect((await mutate(clients.a, name, input)).code).toBeUndefined()
  expect(await mutate(clients.a, name, other)).toMatchObject({
    __typename: 'ConflictError',
    path: ['idempotencyKey'],
  })
})

test("one tenant's key is not another's", async () => {
  const key = { idempotencyKey: 'the-same', title: 'Mine' }
  const [ofA, ofB] = [
    await mutate(clients.a, 'createStream', key),
    await mutate(clients.b, 'createStream', key),
  ]
  expect(ofA.code ?? ofB.code).toBeUndefined()
  expect(idsIn(ofA)).not.toEqual(idsIn(ofB))
})

test('a key that no client would make is refused by its name', async () => {
  for (const idempotencyKey of ['', 'ä', 'a b', 'x'.repeat(201)])
    expect(await mutate(clients.a, 'createStream', { title: 'T', idempotencyKey })).toMatchObject({
      code: 'VALIDATION_FAILED',
      path: ['idempotencyKey'],
    })
})
