import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'

let program: TestApp
/** Of somebody who owns a tenant, and acts in it. */
let owner = ''
let project = ''
let environment = ''
beforeAll(async () => {
  program = await startApp()
  const person = { email: 'names@example.test', password: 'correct horse battery' }
  const signIn = async () => String((await run('signIn', person)).accessToken)
  await run('signUp', { ...person, name: 'Ada' })
  owner = await signIn()
  await run('createTenant', { name: 'Own', slug: 'names' })
  owner = await signIn()
  const made = async (what: string, name: string, input: object) =>
    ((await run(name, input)) as never as Record<string, { id: string }>)[what]!.id
  project = await made('project', 'createProject', { name: 'P', slug: 'p' })
  const e = { projectId: project, name: 'E', slug: 'e' }
  environment = await made('environment', 'createEnvironment', e)
})
afterAll(() => program.stop())

/** Runs one mutation. Throws when it is answered with a top-level error. */
const run = (name: string, input: object): Promise<Payload> =>
  mutate(createTestClient(program.url, owner === '' ? undefined : owner), name, input)

type Call = [what: string, mutation: string, input: () => object]
const names: Call[] = [
  ['a person', 'signUp', () => ({ email: 'a@example.test', password: 'correct horse' })],
  ['a new tenant', 'createTenant', () => ({ slug: 'next' })],
  ['a tenant', 'updateTenant', () => ({})],
  ['a new project', 'createProject', () => ({ slug: 'next' })],
  ['a project', 'updateProject', () => ({ id: project })],
  ['a new environment', 'createEnvironment', () => ({ projectId: project, slug: 'next' })],
  ['an environment', 'updateEnvironment', () => ({ id: environment })],
  ['a key', 'createApiKey', () => ({ mode: 'TEST', scopes: ['READ'] })],
]
const hidden = ['\u200B', 'A\u202Eb', 'A\nb', 'A\u001B[2Jb', 'A\u200Bb', 'A\0b']
test.each(names)('%s has no name with letters that can’t be seen', async (_what, mutation, input) => {
  for (const name of hidden) {
    const answer = await run(mutation, { ...input(), name })
    expect([name, answer.__typename, answer.path]).toEqual([name, 'ValidationError', ['name']])
  }
  expect((await run(mutation, { ...input(), name: 'می\u200Cخواهم 👩\u200D👧' })).path).toBeUndefined()
})

test('an e-mail has no letters that can’t be seen', async () => {
  for (const hide of ['\u200B', '\u202E', '\u00AD', '\0', '\u200D', '\uE000'])
    for (const email of [`a${hide}da@example.test`, `ada@exam${hide}ple.test`, `ada@example.te${hide}st`]) {
      for (const [mutation, more] of [
        ['signUp', { password: 'correct horse', name: 'Ada' }],
        ['inviteMember', { role: 'VIEWER' }],
      ] as const)
        expect(await run(mutation, { email, ...more }), mutation).toMatchObject({
          __typename: 'ValidationError',
          path: ['email'],
        })
    }
})

test.each([
  ['signIn', { email: 'a\0@example.test', password: 'correct horse' }],
  ['createStream', { title: 'a\0' }],
  ['createStream', { title: 'a', description: 'a\0' }],
  ['openIncident', { title: 'a\0', severity: 'LOW' }],
  ['openIncident', { title: 'a', description: 'a\0', severity: 'LOW' }],
])('U+0000 is a mistake of the input of %s: %o', async (mutation, input) => {
  expect((await run(mutation, input)).__typename).toBe('ValidationError')
})
