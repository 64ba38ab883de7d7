import type { IncomingMessage, ServerResponse } from 'node:http'
import { schema } from '../graphql/schema.ts'
import { createGraphiqlAssets } from './graphiql-assets.ts'
import { isFromOwnMachine } from './own-machine.ts'
import { examples } from './graphiql-examples.ts'

export type GraphiqlOptions = {
  /**
   * Filled into the key box for a browser on this machine. Only the demo does that, with the key of its own
   * tenant.
   */
  apiKey?: string
  /** PUBLIC_URL. */
  publicUrl?: string | undefined
}

export type Graphiql = {
  /** Answers with the page. */
  page(request: IncomingMessage, response: ServerResponse): void
  /** Answers with a file of the page; false if `pathname` is not one. */
  asset(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<boolean>
}

const ASSETS = '/graphiql'

/** The page loads only its own files, connects only to this server, and can't be framed by other sites. */
const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'", // Monaco writes its styles into the page
    "img-src 'self' data:",
    "font-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** JSON within a script element: `<` is the one character that could end the element. */
const jsonForHtml = (value: unknown): string => JSON.stringify(value).replaceAll('<', String.raw`\u003c`)

/** Fields whose every answer counts. */
const events = Object.values(schema.getSubscriptionType()!.getFields())
  .filter(({ extensions }) => extensions['live'] === 'events')
  .map(({ name }) => name)

const render = ({ apiKey }: Pick<GraphiqlOptions, 'apiKey'>): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Heliograph</title>
    <link rel="icon" type="image/svg+xml" href="${ASSETS}/icon.svg" />
    <link rel="stylesheet" href="${ASSETS}/graphiql.css" />
    <link rel="stylesheet" href="${ASSETS}/page.css" />
  </head>
  <body>
    <noscript>GraphiQL needs JavaScript.</noscript>
    <form class="bar" autocomplete="off">
      <span class="brand">
        <img src="${ASSETS}/icon.svg" alt="" width="24" height="24" />
        Heliograph <small>GraphiQL</small>
      </span>
      <output id="whose-key" for="api-key"></output>
      <label for="api-key" title="An API key, or the accessToken that signIn answers">API key or access token</label>
      <span class="key">
        <input id="api-key" type="password" autocomplete="off" spellcheck="false" placeholder="hg_live_… or eyJ…" />
        <button id="reveal-key" type="button" aria-pressed="false">Show</button>
      </span>
      <button id="restore-examples" type="button" title="Replaces all tabs with the examples">Examples</button>
    </form>
    <div id="root"></div>
    <script id="settings" type="application/json">${jsonForHtml({
      endpoint: '/graphql',
      assets: ASSETS,
      apiKey,
      events,
      tabs: examples.map((query) => ({ query })),
    })}</script>
    <script src="${ASSETS}/graphiql.js"></script>
    <script src="${ASSETS}/events.js"></script>
    <script src="${ASSETS}/page.js"></script>
  </body>
</html>
`

/** GraphiQL with a box for the API key or access token and with examples; it works without the internet. */
export const createGraphiql = (options: GraphiqlOptions = {}): (() => Graphiql) => {
  const [html, prefilled] = [render({}), render(options)]
  const assets = createGraphiqlAssets()
  const graphiql: Graphiql = {
    page: (request, response) => {
      response.writeHead(200, {
        ...SECURITY_HEADERS,
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store', // it may hold a key
      })
      response.end(isFromOwnMachine(request, options.publicUrl) ? prefilled : html)
    },
    asset: async (request, response, pathname) =>
      pathname.startsWith(`${ASSETS}/`) && assets(request, response, pathname.slice(ASSETS.length + 1)),
  }
  return () => graphiql
}
