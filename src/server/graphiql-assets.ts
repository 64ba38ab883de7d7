import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/**
 * GraphiQL itself, with Monaco, its styles and its workers: all in one package, so nothing comes from a CDN.
 */
const bundle = () => import('@graphql-yoga/render-graphiql/graphiql')
const own = (name: string) => readFile(new URL(`assets/${name}`, import.meta.url), 'utf8')

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'

const sources: Readonly<Record<string, { type: string; text: () => Promise<string> }>> = {
  'graphiql.js': { type: JAVASCRIPT, text: async () => (await bundle()).js },
  'graphiql.css': { type: CSS, text: async () => (await bundle()).css },
  // Named by the labels of Monaco's workers.
  'editorWorkerService.worker.js': {
    type: JAVASCRIPT,
    text: async () => (await bundle()).editorWorkerService,
  },
  'json.worker.js': { type: JAVASCRIPT, text: async () => (await bundle()).jsonWorker },
  'graphql.worker.js': { type: JAVASCRIPT, text: async () => (await bundle()).graphqlWorker },
  'events.js': { type: JAVASCRIPT, text: () => own('events.js') },
  'page.js': { type: JAVASCRIPT, text: () => own('page.js') },
  'page.css': { type: CSS, text: () => own('page.css') },
  'icon.svg': { type: 'image/svg+xml', text: () => own('icon.svg') },
}

type Asset = { type: string; etag: string; zipped: Buffer; plain?: Promise<Buffer> }

/** Inflated once, for all who don't take gzip: clients that don't read their copies would each hold one. */
const plainOf = (asset: Asset): Promise<Buffer> => (asset.plain ??= unpack(asset.zipped))

const load = async (name: string): Promise<Asset> => {
  const source = sources[name]!
  const text = await source.text()
  return {
    type: source.type,
    etag: `"${createHash('sha256').update(text).digest('base64url')}"`,
    zipped: await pack(text),
  }
}

export type GraphiqlAssets = (
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
) => Promise<boolean>

/**
 * Serves the files of the page; answers false for any other name. A file is loaded and compressed when it is
 * first requested (8 MB become 2 MB), so a program whose page nobody opens doesn't hold them.
 */
export const createGraphiqlAssets = (): GraphiqlAssets => {
  const loaded = new Map<string, Promise<Asset>>()

  const asset = (name: string): Promise<Asset> => {
    const known = loaded.get(name)
    if (known) return known
    const loading = load(name)
    loaded.set(name, loading)
    // Requests that wait for it get the error; the next one tries again.
    loading.catch(() => loaded.delete(name))
    return loading
  }

  return async (request, response, name) => {
    if (!Object.hasOwn(sources, name)) return false
    const found = await asset(name)
    const { type, etag, zipped } = found
    const zips = /\bgzip\b/.test(String(request.headers['accept-encoding']))
    const headers = {
      'content-type': type,
      etag,
      // Cached, but revalidated each time: after an upgrade no browser runs the old files.
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
    }
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end()
      return true
    }
    const body = zips ? zipped : await plainOf(found)
    response.writeHead(200, {
      ...headers,
      'content-length': body.length,
      ...(zips && { 'content-encoding': 'gzip' }),
    })
    response.end(body)
    return true
  }
}
