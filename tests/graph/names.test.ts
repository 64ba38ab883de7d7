import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'

let program: TestApp
/** Of somebody who owns a tenant, and acts in it. */
let owner = ''
let project = ''
let environment = ''
beforeAll(async () => {
  program = await startApp()
  const person = 'email: "names@example.test", password: "correct horse battery"'
  const signIn = async () =>
    String((await run(`signIn(${person})`, '... on SignedIn { accessToken }')).accessToken)
  await run(`signUp(${person}, name: "Ada")`)
  owner = await signIn()
  await run('createTenant(name: "Own", slug: "names")')
  owner = await signIn()
  const id = async (call: string, type: string) => String((await run(call, `... on ${type} { id }`)).id)
  project = await id('createProject(name: "P", slug: "p")', 'Project')
  environment = await id(`createEnvironment(projectId: "${project}", name: "E", slug: "e")`, 'Environment')
})
afterAll(() => program.stop())

type Payload = { __typename: string; path?: string[]; id?: string; accessToken?: string }
/** Runs one mutation. Throws when it is answered with a top-level error. */
const run = async (call: string, more = ''): Promise<Payload> => {
  const client = createTestClient(program.url, owner === '' ? undefined : owner)
  const text = `mutation { answer: ${call} { __typename ... on Problem { path } ${more} } }`
  const answer = (await client.request(text)) as Answer<{ answer: Payload }>
  if (!answer.data) throw new Error(`${call}: ${JSON.stringify(answer)}`)
  return answer.data.answer
}

const names: [string, (name: string) => string][] = [
  ['a person', (name) => `signUp(email: "a@example.test", password: "correct horse", name: ${name})`],
  ['a new tenant', (name) => `createTenant(name: ${name}, slug: "next")`],
  ['a tenant', (name) => `updateTenant(name: ${name})`],
  ['a new project', (name) => `createProject(name: ${name}, slug: "next")`],
  ['a project', (name) => `updateProject(id: "${project}", name: ${name})`],
  ['a new environment', (name) => `createEnvironment(projectId: "${project}", name: ${name}, slug: "next")`],
  ['an environment', (name) => `updateEnvironment(id: "${environment}", name: ${name})`],
  ['a key', (name) => `createApiKey(input: { name: ${name}, mode: TEST, scopes: [READ] })`],
]
const hidden = ['\u200B', 'A\u202Eb', 'A\nb', 'A\u001B[2Jb', 'A\u200Bb', 'A\0b']
test.each(names)('%s has no name with letters that can’t be seen', async (_what, call) => {
  for (const name of hidden) {
    const answer = await run(call(JSON.stringify(name)))
    expect([name, answer.__typename, answer.path?.at(-1)]).toEqual([name, 'ValidationError', 'name'])
  }
  expect((await run(call('"می\u200Cخواهم 👩\u200D👧"'))).path).toBeUndefined()
})

test('an e-mail has no letters that can’t be seen', async () => {
  for (const hide of ['\u200B', '\u202E', '\u00AD', '\0', '\u200D', '\uE000'])
    for (const email of [`a${hide}da@example.test`, `ada@exam${hide}ple.test`, `ada@example.te${hide}st`]) {
      const given = JSON.stringify(email)
      for (const call of [
        `signUp(email: ${given}, password: "correct horse", name: "Ada")`,
        `inviteMember(email: ${given}, role: VIEWER)`,
      ])
        expect(await run(call), call).toEqual({ __typename: 'ValidationError', path: ['email'] })
    }
})

test.each([
  'signIn(email: "a\\u0000@example.test", password: "correct horse")',
  'createStream(input: { title: "a\\u0000" })',
  'createStream(input: { title: "a", description: "a\\u0000" })',
  'openIncident(input: { title: "a\\u0000", severity: LOW })',
  'openIncident(input: { title: "a", description: "a\\u0000", severity: LOW })',
])('U+0000 is a mistake of the input: %s', async (call) => {
  expect((await run(call)).__typename).toBe('ValidationError')
})
