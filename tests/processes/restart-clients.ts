import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { ApolloClient, gql, InMemoryCache } from '@apollo/client'
import { Client as UrqlClient } from '@urql/core'
import type { Browser } from 'playwright-core'
import relay, { type ConcreteRequest } from 'relay-runtime'
import { WebSocket } from 'ws'
import { createResumingLink } from '../../examples/clients/apollo.ts'
import { createResumingSseClient } from '../../examples/clients/graphql-sse.ts'
import { createResumingClient } from '../../examples/clients/graphql-ws.ts'
import { createResumingSubscribe } from '../../examples/clients/relay.ts'
import { createResumingExchange } from '../../examples/clients/urql.ts'
import { IncidentNumbers } from './operations.ts'

const query = IncidentNumbers.toString()

type Update = { readonly number?: number; readonly reason?: string }
/** What an application hears: its events by number, and everything that it should not hear. */
export type Heard = { readonly numbers: number[]; readonly told: string[] }
type Sink = { next(result: { data?: unknown }): void; error(error: unknown): void; complete(): void }

export const createHeard = (): Heard & { readonly sink: Sink } => {
  const [numbers, told]: [number[], string[]] = [[], []]
  const sink: Sink = {
    next: (result) => {
      const update = (result.data as { incidentChanged?: Update } | null | undefined)?.incidentChanged
      if (update?.number !== undefined) numbers.push(update.number)
      else told.push(update?.reason ?? JSON.stringify(result))
    },
    error: (error) => told.push(`error: ${String(error)}`),
    complete: () => told.push('complete'),
  }
  return { numbers, told, sink }
}

const field = (name: string) =>
  ({ kind: 'ScalarField', alias: null, name, args: null, storageKey: null }) as const
const on = (type: string, ...names: string[]) =>
  ({ kind: 'InlineFragment', type, abstractKey: null, selections: names.map(field) }) as const

/** What Relay's compiler makes of the operation. */
const artifact = (): ConcreteRequest => {
  const selections = [
    {
      kind: 'LinkedField',
      alias: null,
      name: 'incidentChanged',
      args: null,
      concreteType: null,
      plural: false,
      storageKey: null,
      selections: [field('__typename'), on('IncidentChanged', 'cursor', 'number'), on('Resync', 'reason')],
    },
  ] as const
  const name = 'ProcessesIncidentNumbers'
  return {
    kind: 'Request',
    fragment: { kind: 'Fragment', name, type: 'Subscription', argumentDefinitions: [], selections },
    operation: { kind: 'Operation', name, argumentDefinitions: [], selections },
    params: { cacheID: name, id: null, metadata: {}, name, operationKind: 'subscription', text: query },
  } as unknown as ConcreteRequest
}

/** Subscribes with each client; they all go on until they are left. */
export const subscribeAll = async (url: string, key: string, browser: Browser) => {
  const headers = { authorization: `Bearer ${key}` }
  const sockets = {
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: headers,
  }
  const leaving: (() => void)[] = []
  const clients: Record<string, (sink: Sink) => () => void> = {
    'graphql-ws': (sink) => createResumingClient(sockets).subscribe({ query }, sink),
    'graphql-sse': (sink) =>
      createResumingSseClient({ url: `${url}/graphql`, headers }).subscribe({ query }, sink),
    'graphql-sse, one connection': (sink) =>
      createResumingSseClient({ url: `${url}/graphql/stream`, headers, singleConnection: true }).subscribe(
        { query },
        sink,
      ),
    'Apollo Client': (sink) => {
      const client = new ApolloClient({ link: createResumingLink(sockets), cache: new InMemoryCache() })
      const subscription = client.subscribe({ query: gql(query), fetchPolicy: 'no-cache' }).subscribe(sink)
      return () => subscription.unsubscribe()
    },
    urql: (sink) => {
      const client = new UrqlClient({
        url: `${url}/graphql`,
        exchanges: [createResumingExchange(sockets)],
        preferGetMethod: false,
      })
      return client.subscription(query, {}).subscribe((result) => {
        if (result.error) sink.error(result.error)
        else sink.next(result)
      }).unsubscribe
    },
    'relay-runtime': (sink) => {
      const { Environment, Network, RecordSource, Store, requestSubscription } = relay
      const environment = new Environment({
        network: Network.create(
          () => Promise.reject(new Error('asks nothing')),
          createResumingSubscribe(sockets),
        ),
        store: new Store(new RecordSource()),
      })
      const subscription = requestSubscription(environment, {
        subscription: artifact(),
        variables: {},
        onNext: (data) => sink.next({ data }),
        onError: sink.error,
        onCompleted: sink.complete,
      })
      return () => subscription.dispose()
    },
  }
  const heard = new Map<string, Heard>()
  for (const [name, subscribe] of Object.entries(clients)) {
    const { sink, ...rest } = createHeard()
    heard.set(name, rest)
    leaving.push(subscribe(sink))
  }
  const { sink, ...rest } = createHeard()
  heard.set("a browser's EventSource", rest)
  await openPage(url, headers, browser, sink)
  return { heard: heard as ReadonlyMap<string, Heard>, leave: () => leaving.forEach((each) => each()) }
}

/** A page of one's own, whose site adds the key to what the page asks of it. */
const openPage = async (url: string, headers: Record<string, string>, browser: Browser, sink: Sink) => {
  const context = await browser.newContext({ extraHTTPHeaders: headers })
  const script = `import { subscribeByEventSource } from './clients/event-source.ts'
    const tell = (what) => (value) => heard(what, JSON.stringify(value ?? null))
    subscribeByEventSource('/graphql', { query: ${JSON.stringify(query)} },
      { next: tell('next'), error: tell('error'), complete: tell('complete') })`
  await context.exposeFunction('heard', (what: keyof Sink, value: string) => sink[what](JSON.parse(value)))
  await context.route(`${url}/page`, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<script type="module">${script}</script>` }),
  )
  await context.route(`${url}/clients/*.ts`, (route) => {
    const path = `examples${new URL(route.request().url()).pathname}`
    const body = stripTypeScriptTypes(readFileSync(path, 'utf8'))
    return route.fulfill({ contentType: 'text/javascript', body })
  })
  const page = await context.newPage()
  page.on('pageerror', sink.error)
  await page.goto(`${url}/page`)
}
