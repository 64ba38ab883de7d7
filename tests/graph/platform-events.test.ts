import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { settled } from '../testkit/waiters.ts'

const Deployments = graphql(`
  query DeploymentsTold($filter: PlatformEventFilter) {
    platformEvents(filter: $filter) {
      totalCount
      nodes {
        type
        service
        host
        version
        message
        body
        project {
          id
          slug
        }
        environment {
          slug
        }
      }
    }
    analytics {
      platformEvents(range: { last: "PT10M" }, step: "PT5M", filter: $filter) {
        count
        points {
          time
          count
        }
        groups {
          key
          count
        }
        byService: groups(by: SERVICE) {
          key
          count
          points {
            count
          }
        }
      }
      logLevels(range: { last: "PT10M" }, step: "PT5M") {
        levels {
          points {
            time
          }
        }
      }
    }
  }
`)
// Of `analytics` a key of one project is told nothing.
const Places = graphql(`
  query DeploymentPlaces {
    platformEvents {
      totalCount
      nodes {
        version
        environment {
          slug
        }
      }
    }
  }
`)
const Added = graphql(`
  subscription DeploymentsAdded($filter: StoredPlatformEventFilter) {
    platformEventAdded(filter: $filter, withStart: true) {
      __typename
      ... on PlatformEventStored {
        event {
          version
          body
          project {
            slug
          }
        }
      }
    }
  }
`)

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const deployed = (version: string, more: object = {}) => ({
  event_id: uuidv7(),
  time: new Date().toISOString(),
  type: 'Deployment',
  service: 'api',
  version,
  message: `api ${version} deployed`,
  body: { build: 2 ** 53, of: { branch: 'main' } },
  ...more,
})

const post = async (client: TestClient, events: readonly object[]): Promise<void> => {
  expect((await client.ingest('platform_events', events)).body).toMatchObject({ accepted: events.length })
  await program.app.ingest.flushed()
}
/** A key of each of two projects, and a client for the whole tenant. */
const open = async () => {
  const whole = createTestClient(program.url, (await program.seed.tenant()).key)
  await mutate(whole, 'createProject', { name: 'Other', slug: 'other' })
  type Listed = { tenant: { projects: { nodes: { id: string; slug: string }[] } } }
  const { data } = await whole.request<Listed, never>('{ tenant { projects { nodes { id slug } } } }')
  const projects = await Promise.all(
    data!.tenant.projects.nodes.map(async ({ id, slug }) => {
      const asked = { name: slug, scopes: ['READ', 'INGEST'], mode: 'TEST', projectId: id } as const
      const made = (await mutate(whole, 'createApiKey', asked)) as unknown as { key: string }
      return { id, slug, client: createTestClient(program.url, made.key) }
    }),
  )
  return { whole, projects }
}

test('a deployment is told live and in the list, and stands in the buckets of other series', async () => {
  const { whole, projects } = await open()
  const [mine, other] = projects
  const socket = whole.webSocket()
  const ofOther = other!.client.webSocket()
  const lives = [
    socket.subscribe(Added, { filter: { service: { eq: 'api' }, project: { eq: mine!.id } } }),
    ofOther.subscribe(Added, {}),
  ]
  const next = async (at: number) => (await settled(lives[at]!.next(), 10_000, 'an event')).value?.data
  for (const at of [0, 1])
    expect(await next(at)).toMatchObject({ platformEventAdded: { __typename: 'Resync' } })
  await post(other!.client, [deployed('0.9')])
  await post(mine!.client, [deployed('1.0'), deployed('', { type: 'configuration.changed', service: 'web' })])
  await post(whole, [deployed('1.1'), deployed('1.2', { project: undefined, service: 'edge' })])
  await post(mine!.client, [deployed('1.3')])
  // A filter, and what a key of one project may see.
  const body = { build: 2 ** 53, of: { branch: 'main' } }
  for (const version of ['1.0', '1.3'])
    expect(await next(0)).toEqual({
      platformEventAdded: {
        __typename: 'PlatformEventStored',
        event: { version, body, project: { slug: mine!.slug } },
      },
    })
  expect(await next(1)).toMatchObject({ platformEventAdded: { event: { version: '0.9' } } })

  const all = await whole.ask(Deployments, {})
  expect(all.platformEvents!.totalCount).toBe('6')
  expect(all.platformEvents!.nodes[0]).toEqual({
    type: 'deployment',
    service: 'api',
    host: '',
    version: '1.3',
    message: 'api 1.3 deployed',
    body,
    project: { id: mine!.id, slug: mine!.slug },
    environment: null,
  })
  const { platformEvents: series, logLevels } = all.analytics!
  expect(series).toMatchObject({
    count: '6',
    groups: [
      { key: 'deployment', count: '5' },
      { key: 'configuration.changed', count: '1' },
    ],
    byService: [
      { key: 'api', count: '4' },
      { key: 'edge', count: '1' },
      { key: 'web', count: '1' },
    ],
  })
  expect(series!.points.map(({ time }) => time)).toEqual(logLevels!.levels[0]!.points.map(({ time }) => time))
  const some = await whole.ask(Deployments, {
    filter: { project: { in: [mine!.id] }, type: { eq: 'deployment' } },
  })
  expect(some.platformEvents!.nodes.map(({ version }) => version)).toEqual(['1.3', '1.0'])
  // A key of one project sees the events of that project alone, whatever it asks.
  expect((await other!.client.ask(Places, {})).platformEvents).toEqual({
    totalCount: '1',
    nodes: [{ version: '0.9', environment: null }],
  })
  for (const live of lives) await live.return?.()
  await Promise.all([socket.close(), ofOther.close()])
})

test('an environment of another project is not told to a key of one, whoever says that the event is there', async () => {
  const { whole, projects } = await open()
  const [mine, other] = projects
  type Asked = { node: { environments: { nodes: { id: string; slug: string }[] } } }
  const query = `{ node(id: "${other!.id}") { ... on Project { environments { nodes { id slug } } } } }`
  const { data } = await whole.request<Asked, never>(query)
  const [place] = data!.node.environments.nodes
  const uuid = Buffer.from(place!.id, 'base64').toString().split(':')[1]
  await post(mine!.client, [deployed('2.0', { environment: uuid })])
  expect((await mine!.client.ask(Places, {})).platformEvents!.nodes[0]!.environment).toBeNull()
  expect((await whole.ask(Places, {})).platformEvents!.nodes[0]!.environment).toEqual({
    slug: place!.slug,
  })
})

test.each([
  ['a type of two words', { type: 'new version' }, 'type: expected a type of lower-case words'],
  ['a type that ends in a dot', { type: 'deployment.' }, 'type: expected a type of lower-case words'],
  ['no type', { type: undefined }, 'type: missing, expected a type of lower-case words'],
  ['a body that is a list', { body: [1] }, 'body: expected a JSON object'],
  ['a version of 129 characters', { version: 'v'.repeat(129) }, 'version: expected text of at most 128'],
])('%s is refused by its name, and the rest of the batch is taken', async (_what, part, message) => {
  const client = createTestClient(program.url, (await program.seed.tenant()).key)
  const { body } = await client.ingest('platform_events', [deployed('1', part), deployed('1')])
  expect(body).toMatchObject({
    accepted: 1,
    rejected: [{ index: 0, message: expect.stringContaining(message) }],
  })
})
