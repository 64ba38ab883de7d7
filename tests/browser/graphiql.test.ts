import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadDemoState } from '../../src/demo/demo.ts'
import { examples } from '../../src/server/graphiql-examples.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { eventually } from '../testkit/waiters.ts'
import { INSTALL_TIMEOUT_MS, launchChromium } from './chromium.ts'
import { openGraphiql, watchTraffic } from './graphiql-page.ts'
import { startDemo, startProgram, type Program } from './program.ts'
import { openSite } from './site.ts'

type Opened = { readonly incidentChanged: { readonly incident: { readonly title: string } } }

/** What the demo does now and then only, done by hand: by the tab that waits for it. */
const happenings = async (client: TestClient): Promise<Record<string, () => Promise<unknown>>> => {
  const { data } = (await client.request(
    '{ streams(first: 1) { nodes { id } } edgeNodes(first: 1) { nodes { id } } }',
  )) as { data: Record<'streams' | 'edgeNodes', { nodes: { id: string }[] }> }
  const [streamId, nodeId] = [data.streams.nodes[0]!.id, data.edgeNodes.nodes[0]!.id]
  const title = 'Seen from the page'
  let drained = false
  return {
    LiveIncidents: () => mutate(client, 'openIncident', { title, severity: 'LOW' }),
    LiveStreams: () => mutate(client, 'createStream', { title }),
    LiveClips: () => {
      const startsAt = new Date(Date.now() - 60_000).toISOString()
      return mutate(client, 'createClip', { streamId, title, startsAt, durationMs: '1000' })
    },
    LiveEdgeNodes: () => {
      drained = !drained
      return mutate(client, 'setEdgeNodeMode', { id: nodeId, mode: drained ? 'DRAINING' : 'NORMAL' })
    },
    LiveRouting: () =>
      client.ingest('routing_events', [
        { time: new Date().toISOString(), internal_name: 'page', selected_node: 'page', status: 'success' },
      ]),
    LiveDeployments: () =>
      client.ingest('platform_events', [
        { time: new Date().toISOString(), type: 'deployment', service: 'player', version: '2.0.0' },
      ]),
    // Breached from its first tick on.
    LiveAlerts: () =>
      mutate(client, 'createAlertRule', {
        name: title,
        dataset: 'log_events',
        aggregate: 'COUNT',
        operator: 'GTE',
        threshold: 0,
        window: 'PT1M',
      }),
  }
}

/** An hour in place of a day: filling in the rest would take both cores from the pages for half of the test. */
const HISTORY_MS = 3_600_000

/** Two cores are shared with the stores: a page may take its time. */
const POLL = { timeout: 30_000 }

let browser: Browser
/** Two programs: the demo moves its own numbers, so what must be exact is asked of one without it. */
let demo: Program
let plain: Program
let demoKey: string
let context: BrowserContext
let traffic: ReturnType<typeof watchTraffic>

beforeAll(async () => {
  // Side by side: much of a start is waiting. All are waited for, so that afterAll ends whatever has started.
  const started = await Promise.allSettled([
    launchChromium().then((own) => (browser = own)),
    startProgram('--no-demo').then((own) => (plain = own)),
    startDemo(HISTORY_MS).then((own) => (demo = own)),
  ])
  for (const each of started) if (each.status === 'rejected') throw each.reason
  context = await browser.newContext()
  demoKey = (await loadDemoState(demo.dataDir))!.apiKey
}, INSTALL_TIMEOUT_MS)
afterAll(async () => {
  await browser?.close()
  await Promise.all([plain?.stop(), demo?.stop()])
})
beforeEach(() => {
  traffic = watchTraffic(context)
})
// One context for all, so that the editor is compiled once; the next test finds nothing else of the one before.
afterEach(async () => {
  context.removeAllListeners()
  await context.clearCookies()
  for (const page of context.pages()) {
    await page.evaluate(() => localStorage.clear())
    await page.close()
  }
})

const tenantWithKey = async (program: Program, slug: string): Promise<string> => {
  await program.command('tenant', 'create', slug)
  const scopes = 'read,write,ingest'
  return (await program.command<{ key: string }>('api-key', 'create', '--tenant', slug, '--scopes', scopes))
    .key
}

let known: Promise<string> | undefined
/** One tenant for all that is asked of the plain program: a command of the command line takes seconds. */
const keyOfPlain = (): Promise<string> => (known ??= tenantWithKey(plain, 'plain'))

const sampleOf = (viewer_count: number, node_id: string) => ({
  time: new Date().toISOString(),
  internal_name: 'page-test',
  viewer_count,
  node_id,
})

test('a sample that is posted moves the number that a browser shows by exactly its viewers', async () => {
  const key = await keyOfPlain()
  const client = createTestClient(plain.url, key)
  const graphiql = await openGraphiql(context, plain.url)
  await graphiql.keyBox.fill(key)
  await graphiql.turnTo('LiveViewers')
  await graphiql.run()
  await graphiql.resultShows(/"viewers": "0",/)

  expect((await client.ingest('viewer_samples', [sampleOf(1_000, 'a')])).status).toBe(202)
  await graphiql.resultShows(/"viewers": "1000",/)
  expect((await client.ingest('viewer_samples', [sampleOf(7_654_321, 'b')])).status).toBe(202)
  await graphiql.resultShows(/"viewers": "7655321",/)
  await graphiql.stop()
})

test("a browser's own EventSource that is cut off comes back by itself and goes on where it was", async () => {
  const key = await keyOfPlain()
  const client = createTestClient(plain.url, key)
  const site = await openSite(plain.url, key)
  const heard: string[] = []
  const page = await context.newPage()
  await page.exposeFunction('heard', (title: string) => heard.push(title))
  await page.goto(site.url)
  const query = 'subscription { incidentChanged { ... on IncidentChanged { incident { title } } } }'
  await page.evaluate((text) => {
    const source = new EventSource(`/graphql?${new URLSearchParams({ query: text }).toString()}`)
    const tell = (window as unknown as { heard: (title: string) => void }).heard
    source.addEventListener('next', ({ data }: MessageEvent<string>) => {
      tell((JSON.parse(data) as { data: Opened }).data.incidentChanged.incident.title)
    })
  }, query)
  await expect.poll(() => site.places, POLL).toEqual([undefined])

  const titles = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `Seen by an EventSource: ${letter}`)
  await eventually(async () => {
    await mutate(client, 'openIncident', { title: 'Is it open?', severity: 'LOW' })
    expect(heard.length).toBeGreaterThan(0)
  })
  for (const [at, title] of titles.entries()) {
    const before = site.places.length
    if (at % 2 === 1) site.cut() // opened while nobody listens
    await mutate(client, 'openIncident', { title, severity: 'LOW' })
    await expect.poll(() => heard.at(-1), POLL).toBe(title)
    expect(site.places.length - before).toBe(at % 2)
  }
  expect(heard.filter((title) => titles.includes(title))).toEqual(titles)
  expect(site.places.slice(1).every((place) => place !== undefined)).toBe(true)
  await page.close()
  await site.close()
})

test('every example of the demo runs as it is, without an error', async () => {
  const client = createTestClient(demo.url, demoKey)
  const graphiql = await openGraphiql(context, demo.url)
  await expect.poll(graphiql.tabNames, POLL).toHaveLength(examples.length)
  const happening = await happenings(client)

  for (const name of await graphiql.tabNames()) {
    await graphiql.turnTo(name)
    if (!name.startsWith('Live')) {
      const answered = graphiql.page.waitForResponse(
        (response) => response.request().postDataJSON()?.operationName === name,
      )
      await graphiql.run()
      const response = await answered
      const answer: unknown = await response.json()
      expect(answer, name).toMatchObject({ data: expect.any(Object) })
      expect(answer, name).not.toHaveProperty('errors')
      await graphiql.resultShows(/"data": \{/)
      continue
    }
    await graphiql.run()
    await graphiql.isRunning()
    const happen = happening[name]
    if (happen) await graphiql.resultShowsAfter(/"(kind": "\w+|cursor": "[^"]+)"/, happen)
    else await graphiql.resultShows(/"(viewers|lastMinute|cursor)": "[^"]+"/, 60_000)
    if (name === 'LiveIncidents') {
      await happen!() // what came before stays, and is counted
      await graphiql.resultShows(/"received": [2-9]\d*,?[^]*("kind": "\w+"[^]*){2}/)
    }
    expect(await graphiql.result()).not.toContain('"errors"')
    await graphiql.stop()
  }
  expect(traffic.complaints).toEqual([])

  // On a phone the answer is below the question, and as wide.
  await graphiql.page.setViewportSize({ width: 390, height: 800 })
  const [editor, answer] = await Promise.all(
    ['.graphiql-editors', '.graphiql-response'].map((pane) => graphiql.page.locator(pane).boundingBox()),
  )
  expect(answer!.width).toBeGreaterThan(280)
  expect(answer!.y).toBeGreaterThanOrEqual(editor!.y + editor!.height)
  expect((await graphiql.keyBox.boundingBox())!.width).toBeGreaterThan(100)
})

test('the link of a message opens its incident, asked for by its number', async () => {
  const graphiql = await openGraphiql(context, demo.url, '#incident=2')
  const asked = graphiql.page.waitForRequest((request) =>
    String(request.postData()).includes('IncidentByNumber'),
  )
  await graphiql.run()
  expect(String((await asked).postData())).toMatch(/incident\(number: ?2\)/)
  await graphiql.resultShows(/"incident":/) // null, where the demo has no second one yet
})

test('the key in the box is the one that is used, and a wrong one is refused with a code', async () => {
  const key = await tenantWithKey(demo, 'other')
  const graphiql = await openGraphiql(context, demo.url)
  await expect.poll(() => graphiql.keyBox.inputValue(), POLL).toBe(demoKey)
  await graphiql.turnTo('WhoAmI')
  await graphiql.run()
  await graphiql.resultShows(/"slug": "demo"/)

  await graphiql.keyBox.fill(key)
  await graphiql.run()
  await graphiql.resultShows(/"slug": "other"/)
  await expect.poll(() => graphiql.whoseKey.innerText(), POLL).toBe('other: ingest, read, write')

  await graphiql.keyBox.fill('hg_live_notakey')
  await graphiql.run()
  await graphiql.resultShows(/"code": "UNAUTHENTICATED"/)
  await expect.poll(() => graphiql.whoseKey.getAttribute('data-state'), POLL).toBe('refused')

  await graphiql.turnTo('LiveViewers')
  await graphiql.run()
  await graphiql.resultShows(/"code": "UNAUTHENTICATED"/)

  // A key of one's own stays beside the demo's.
  await graphiql.keyBox.fill(key)
  await graphiql.keyBox.press('Enter')
  await expect.poll(() => graphiql.whoseKey.innerText(), POLL).toBe('other: ingest, read, write')
  await graphiql.page.reload()
  await expect.poll(() => graphiql.keyBox.inputValue(), POLL).toBe(key)
})

test('somebody signs up and in through the page, and acts with the access token in the box', async () => {
  const [email, password] = ['ada@example.test', 'correct horse battery']
  const client = createTestClient(plain.url)
  const { data } = await client.request(
    `mutation { signUp(input: { email: "${email}", password: "${password}", name: "Ada" }) { __typename } }`,
  )
  expect(data).toEqual({ signUp: { __typename: 'SignUpPayload' } })

  const graphiql = await openGraphiql(context, plain.url)
  await graphiql.write(
    `mutation SignIn { signIn(input: { email: "${email}", password: "${password}" }) { ... on SignInPayload { accessToken } } }`,
  )
  await graphiql.run()
  await graphiql.resultShows(/"accessToken":\s+"eyJ/)
  // The page breaks a long line where it likes.
  const token = /"accessToken":"([\w.-]+)"/.exec((await graphiql.result()).replaceAll(/\s/g, ''))![1]!
  await graphiql.keyBox.fill(token)
  await graphiql.turnTo('WhoAmI')
  await graphiql.run()
  await graphiql.resultShows(/"email": "ada@example.test"/)
  expect(await graphiql.result()).toMatch(/"apiKey": null/)
  await expect.poll(() => graphiql.whoseKey.innerText(), POLL).toBe(`${email}: member of nothing`)

  await createTestClient(plain.url, token).request('mutation { signOut { __typename } }')
  await eventually(async () => {
    await graphiql.page.reload()
    const over = 'This sign-in is over: empty the box, then sign in again'
    await expect.poll(() => graphiql.whoseKey.innerText(), { timeout: 2_000 }).toBe(over)
  })
})

test('what was run is in the history, also after a reload, and no header is kept with it', async () => {
  const graphiql = await openGraphiql(context, demo.url)
  await graphiql.write('query RunOnce { viewer { scopes } }')
  await graphiql.page.getByRole('button', { name: 'Headers' }).first().click()
  await graphiql.page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor').click()
  await graphiql.page.keyboard.insertText(JSON.stringify({ 'x-secret': 'of-a-header' }))
  await graphiql.run()
  await graphiql.resultShows(/"scopes"/)
  await graphiql.page.reload()
  await graphiql.page.getByRole('button', { name: 'Show History' }).click()
  await graphiql.page.getByRole('button', { name: 'RunOnce', exact: true }).waitFor()
  const kept = await graphiql.page.evaluate(() => JSON.stringify(localStorage))
  expect(kept).toContain('RunOnce')
  expect(kept).not.toContain('of-a-header')
})

test('nothing leaves the browser for another host, and no address carries the key', async () => {
  const graphiql = await openGraphiql(context, demo.url)
  await graphiql.turnTo('LiveViewers')
  await graphiql.run()
  await graphiql.resultShows(/"viewers": "\d+"/)
  await graphiql.page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  await graphiql.page.getByText('Subscription', { exact: true }).first().waitFor()

  const { urls, violations } = traffic
  expect(urls.length).toBeGreaterThan(8)
  expect(urls.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== demo.url)).toEqual([])
  expect([...urls, graphiql.page.url()].filter((url) => url.includes(demoKey))).toEqual([])
  expect(violations).toEqual([])
})

test('the page may not be framed, runs no script but its own, and is not kept with its key', async () => {
  const { headers } = await fetch(`${demo.url}/graphql`, { headers: { accept: 'text/html' } })
  expect(headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toBe('no-store')
})

test('without the demo the box is empty, and a key typed into it is still there after a reload', async () => {
  const key = await keyOfPlain()
  const graphiql = await openGraphiql(context, plain.url)
  expect(await graphiql.keyBox.inputValue()).toBe('')
  await graphiql.keyBox.fill(key)
  await graphiql.keyBox.press('Enter')
  await expect.poll(() => graphiql.whoseKey.getAttribute('data-state'), POLL).toBe('known')

  await graphiql.page.reload()
  await expect.poll(() => graphiql.keyBox.inputValue(), POLL).toBe(key)
  await graphiql.turnTo('WhoAmI')
  await graphiql.run()
  await graphiql.resultShows(/"slug": "plain"/)
})
