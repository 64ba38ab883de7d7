import ipaddr from 'ipaddr.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector } from '../../../tests/testkit/collector.ts'
import { createGuardedPost, PostError, type Resolve } from './guarded-post.ts'
import { wrongUrl } from './target-url.ts'

const here = [ipaddr.parseCIDR('127.0.0.1/32')]
const message = { headers: {}, body: '{}' }
let collector: Awaited<ReturnType<typeof startCollector>>
beforeAll(async () => {
  collector = await startCollector(({ path }, response) => {
    if (path === '/moved') response.writeHead(307, { location: `${collector.url}/elsewhere` }).end()
    else if (path === '/huge') response.end(Buffer.alloc(10 << 20))
    else if (path !== '/silent') response.end()
  })
})
afterAll(() => collector.stop())

/** A host that leads to one address after another. */
const leadsTo = (...answers: string[][]): Resolve & { asked: number } => {
  const resolve = Object.assign(
    () => Promise.resolve(answers[Math.min(resolve.asked++, answers.length - 1)]!),
    { asked: 0 },
  )
  return resolve
}
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'sent'
  } catch (error) {
    if (error instanceof PostError) return error.code
    throw error
  }
}

const refused: Readonly<Record<string, string>> = {
  loopback: 'https://127.0.0.1/',
  'loopback, another': 'https://127.8.9.10/',
  'loopback v6': 'https://[::1]/',
  unspecified: 'https://0.0.0.0/',
  'unspecified v6': 'https://[::]/',
  'link-local': 'https://169.254.1.1/',
  'metadata of clouds': 'https://169.254.169.254/latest/meta-data/',
  'metadata of clouds, v6': 'https://[fd00:ec2::254]/',
  'link-local v6': 'https://[fe80::1]/',
  'private 10': 'https://10.0.0.1/',
  'private 172': 'https://172.16.0.1/',
  'private 192': 'https://192.168.1.1/',
  'unique local': 'https://[fc00::1]/',
  'site-local': 'https://[fec0::1]/',
  'carrier-grade NAT': 'https://100.64.0.1/',
  multicast: 'https://224.0.0.1/',
  'multicast v6': 'https://[ff02::1]/',
  broadcast: 'https://255.255.255.255/',
  benchmarks: 'https://198.18.0.1/',
  'IPv4 as IPv6': 'https://[::ffff:127.0.0.1]/',
  'IPv4 as IPv6, hexadecimal': 'https://[::ffff:7f00:1]/',
  'IPv4-compatible': 'https://[::127.0.0.1]/',
  'NAT64 of loopback': 'https://[64:ff9b::7f00:1]/',
  'NAT64 of a local prefix': 'https://[64:ff9b:1::a00:1]/',
  '6to4 of a private address': 'https://[2002:a00:1::]/',
  teredo: 'https://[2001::1]/',
  decimal: 'https://2130706433/',
  octal: 'https://0177.0.0.1/',
  hexadecimal: 'https://0x7f000001/',
  short: 'https://127.1/',
  'full-width digits': 'https://１２７.０.０.１/',
  'plain http': 'http://example.com/',
  'a password': 'https://user:pass@example.com/',
  'a port of another protocol': 'https://example.com:25/',
  'a file': 'file:///etc/passwd',
  gopher: 'gopher://example.com/',
  'no URL': 'example.com',
}

test.each(Object.entries(refused))('%s is refused with TARGET_REFUSED: %s', async (_name, url) => {
  expect(wrongUrl(url, [])).toEqual(expect.any(String))
  const resolve = leadsTo([])
  expect(await codeOf(createGuardedPost({ allowed: [], resolve })(url, message))).toBe('TARGET_REFUSED')
  expect(resolve.asked).toBe(0)
})

test.each(['127.0.0.1', '169.254.169.254', '10.1.2.3', '::1', 'fd00::1', '::ffff:10.0.0.1', 'fe80::1'])(
  'a name that leads to %s is refused, also beside an address that is public',
  async (address) => {
    for (const addresses of [[address], ['93.184.215.14', address]])
      expect(
        await codeOf(
          createGuardedPost({ allowed: [], resolve: leadsTo(addresses) })('https://name.example/', message),
        ),
      ).toBe('TARGET_REFUSED')
  },
)

test('the connection goes to the address that was checked, whatever the name leads to a moment later', async () => {
  const { port } = new URL(collector.url)
  const resolve = leadsTo(['127.0.0.1'], ['127.0.0.2'])
  const post = createGuardedPost({ allowed: here, resolve })
  const url = `http://rebinding.example:${port}/first`
  expect(await post(url, message)).toMatchObject({ statusCode: 200, address: '127.0.0.1' })
  expect(resolve.asked).toBe(1)
  expect(await codeOf(post(url, message))).toBe('TARGET_REFUSED')
  expect(collector.at('/first')).toHaveLength(1)
})

test('a redirect is the answer and is not followed', async () => {
  const post = createGuardedPost({ allowed: here })
  expect(await post(`${collector.url}/moved`, message)).toMatchObject({ statusCode: 307 })
  expect(collector.at('/elsewhere')).toEqual([])
})

test('of 10 MB the head is enough, and who is silent is waited for no longer than told', async () => {
  const post = createGuardedPost({ allowed: here, timeoutMs: 300 })
  expect(await post(`${collector.url}/huge`, message)).toMatchObject({ statusCode: 200 })
  await expect(post(`${collector.url}/silent`, message)).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: expect.stringContaining('127.0.0.1'),
  })
  const never = createGuardedPost({
    allowed: here,
    timeoutMs: 50,
    resolve: () => new Promise(() => undefined),
  })
  expect(await codeOf(never('https://name.example/', message))).toBe('TIMED_OUT')
})

test('plain http goes to networks that are allowed alone, and nobody listening is told with the address', async () => {
  const resolve = leadsTo(['93.184.215.14'])
  expect(await codeOf(createGuardedPost({ allowed: here, resolve })('http://name.example/', message))).toBe(
    'TARGET_REFUSED',
  )
  const post = createGuardedPost({ allowed: here })
  const closed = await startCollector()
  await closed.stop()
  await expect(post(`${closed.url}/secret-path`, message)).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/127\.0\.0\.1.*ECONNREFUSED/),
  })
  await expect(post(`${closed.url}/secret-path`, message)).rejects.not.toMatchObject({
    message: expect.stringContaining('secret-path'),
  })
})
