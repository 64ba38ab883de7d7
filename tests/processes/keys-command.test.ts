import { afterAll, beforeAll, expect, test } from 'vitest'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { startApp, TEST_SECRET, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { settled } from '../testkit/waiters.ts'
import { createCommand, givenStores, type CommandEnd } from './command.ts'
import { createPrograms } from './program.ts'

const programs = createPrograms()
const NEW_SECRET = 'another secret, for nobody knows the old one'
/** After so long a running program has noticed another key (signing-keys.ts). */
const NOTICED_MS = 30_000
let skewMs = 0
let program: TestApp
let heliograph: ReturnType<typeof createCommand>
let withNewSecret: ReturnType<typeof createCommand>

beforeAll(async () => {
  program = await startApp({ clock: { now: () => Date.now() + skewMs } })
  heliograph = createCommand(program.databases, { HELIOGRAPH_SECRET: TEST_SECRET })
  withNewSecret = createCommand(program.databases, { HELIOGRAPH_SECRET: NEW_SECRET })
})
afterAll(() => program.stop())

type Payload = { __typename: string; accessToken: string; refreshToken: string }
const tokensOf = (payload: string) => `__typename ... on ${payload} { accessToken refreshToken }`
const ask = async (mutation: string, url = program.url): Promise<Answer<Payload>> => {
  const { data, errors } = (await createTestClient(url).request(
    `mutation { answer: ${mutation} }`,
  )) as Answer<{
    answer: Payload
  }>
  return { data: data?.answer ?? null, ...(errors && { errors }) }
}
const signIn = () =>
  ask(
    `signIn(input: { email: "ada@example.test", password: "correct horse battery" }) { ${tokensOf('SignInPayload')} }`,
  )
const refresh = (token: string, url?: string) =>
  ask(`refreshSession(input: { refreshToken: "${token}" }) { ${tokensOf('RefreshSessionPayload')} }`, url)
const works = async (token: string, url = program.url): Promise<boolean> =>
  (await createTestClient(url, token).request('{ viewer { scopes } }')).status === 200
const kidOf = ({ data }: Answer<Payload>) =>
  (JSON.parse(Buffer.from(data!.accessToken.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid
const keyOf = ({ code, out }: CommandEnd): string => {
  expect(code).toBe(0)
  expect(out.trim().split('\n')).toHaveLength(1)
  return (JSON.parse(out) as { kid: string }).kid
}
/** The one line of a refusal, which no stack follows. */
const lineOf = (output: string): string => {
  const from = output.indexOf('heliograph: ')
  expect(from).toBeGreaterThanOrEqual(0)
  const line = output.slice(from).trim()
  expect(line.split('\n')).toHaveLength(1)
  return line
}

test('the command says what it does', async () => {
  const [all, ...each] = await Promise.all([
    heliograph('keys', '--help'),
    heliograph('keys', 'rotate', '--help'),
    heliograph('keys', 'reset', '--help'),
  ])
  expect([all.code, all.out]).toEqual([0, expect.stringMatching(/rotate .*\n[^]*reset /)])
  for (const { code, out } of each) expect([code, out]).toEqual([0, expect.stringContaining('--json')])
  expect(each[1].out.replaceAll(/\s+/g, ' ')).toContain(
    'Notification channels are encrypted with the same secret',
  )
  const told = await heliograph('keys', 'rotate')
  expect(told.out).toMatch(/^Tokens are signed with the key [\w-]{36} from now on/)
})

test('after `keys rotate` a running program signs with the new key without a restart; tokens of the old one work until they expire', async () => {
  await ask(
    'signUp(input: { email: "ada@example.test", password: "correct horse battery", name: "Ada" }) { __typename }',
  )
  const before = await signIn()
  const kid = keyOf(await heliograph('keys', 'rotate', '--json'))
  expect(kidOf(before)).not.toBe(kid)
  skewMs += NOTICED_MS
  const after = await signIn()
  expect(kidOf(after)).toBe(kid)
  expect(await works(before.data!.accessToken)).toBe(true)
  expect(await works(after.data!.accessToken)).toBe(true)
  skewMs += 15 * 60_000
  expect(await works(before.data!.accessToken)).toBe(false)
  expect((await refresh(before.data!.refreshToken)).data?.__typename).toBe('RefreshSessionPayload')
})

test('with a wrong secret `start` and `keys rotate` end at once with one line that says what to do; `keys reset` ends no session', async () => {
  const { data } = await signIn()
  const env = {
    ...givenStores(program.databases),
    HELIOGRAPH_ROLES: 'server',
    HELIOGRAPH_SECRET: NEW_SECRET,
  }
  const advice =
    /HELIOGRAPH_SECRET .* Set the one that the other programs .* have\. If it is lost, run "heliograph keys reset"/
  const args = ['--no-demo', '--port', '0']
  const [refused, sending, rotated] = await Promise.all([
    programs.run({ args, env }),
    programs.run({ args, env: { ...env, HELIOGRAPH_ROLES: 'notifications' } }),
    withNewSecret('keys', 'rotate'),
  ])
  expect([refused.code, sending.code, rotated.code]).toEqual([1, 1, 1])
  expect(lineOf(refused.output)).toMatch(advice)
  expect(lineOf(sending.output)).toMatch(advice)
  expect(lineOf(rotated.err)).toMatch(advice)
  expect(refused.output).not.toContain('"msg":"ready"')
  // Who only takes rows in signs nothing, and needs no secret.
  const { REDIS_URL: _redis, ...withOwnRedis } = env as Record<string, string>
  const ingest = await programs.start({ env: { ...withOwnRedis, HELIOGRAPH_ROLES: 'ingest' } })
  ingest.kill('SIGTERM')
  expect((await ingest.ended).code).toBe(0)
  skewMs += NOTICED_MS
  expect(await works(data!.accessToken)).toBe(true)

  const { tenant } = await program.seed.tenant()
  await program.app.modules.notificationChannels.service.create(
    trustedPermit<'notificationChannel:write'>(tenant, operator),
    { name: 'ops', webhookUrl: 'https://hooks.example.com/heliograph' },
  )
  const reset = await withNewSecret('keys', 'reset', '--json')
  expect(JSON.parse(reset.out)).toMatchObject({ lockedChannels: 1 })
  const kid = keyOf(reset)
  skewMs += NOTICED_MS
  expect(await works(data!.accessToken)).toBe(false)
  const renewed = await programs.start({ env: { ...env, HELIOGRAPH_ROLES: 'server,notifications' } })
  expect(renewed.output()).toMatch(
    /another HELIOGRAPH_SECRET, and that nothing reaches: 1\. Give each its target anew/,
  )
  const next = await refresh(data!.refreshToken, renewed.url)
  expect(kidOf(next)).toBe(kid)
  expect(await works(next.data!.accessToken, renewed.url)).toBe(true)
  // The one that still has the old secret can't sign, and says nothing of why to whoever signs in.
  const blocked = await signIn()
  expect(blocked.errors?.[0]?.extensions?.code).toBe('INTERNAL')
  expect(JSON.stringify(blocked)).not.toContain('SECRET')
  renewed.kill('SIGTERM')
  expect((await settled(renewed.ended, 20_000, 'the end')).code).toBe(0)
})
