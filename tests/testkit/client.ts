import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { TypedDocumentString } from '../graphql/graphql.ts'

type Document<R, V> = TypedDocumentString<R, V>
export type Answer<R> = {
  data: R | null | undefined
  errors?: readonly {
    message: string
    path?: readonly (string | number)[]
    extensions?: { code?: string; requestId?: string }
  }[]
}

/**
 * What a client of the graph does, with one key. Failures print the operation, its variables and the answer.
 */
export const createTestClient = (url: string, key?: string) => {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }

  const request = async <R, V>(
    document: Document<R, V> | string,
    variables?: V,
  ): Promise<Answer<R> & { status: number }> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...headers,
      },
      body: JSON.stringify({ query: document.toString(), variables }),
    })
    const answer = (await response.json()) as Answer<R>
    return { ...answer, status: response.status }
  }

  return {
    request,
    /** The data; throws when there is any error. */
    ask: async <R, V>(document: Document<R, V>, variables?: V): Promise<R> => {
      const { data, errors } = await request(document, variables)
      if (!data || errors)
        throw new Error(
          `${document.toString()}\n${JSON.stringify(variables)}\n${JSON.stringify({ data, errors }, null, 2)}`,
        )
      return data
    },
    ingest: async (dataset: string, items: unknown, more: Record<string, string> = {}) => {
      const body = typeof items === 'string' ? items : JSON.stringify(items)
      const response = await fetch(`${url}/ingest/${dataset}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, ...more },
        body,
      })
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Record<string, never>,
      }
    },
    /** A WebSocket client; each `subscribe` is one operation on the one socket. */
    webSocket: (connectionParams: Record<string, unknown> = headers) => {
      const client = createWsClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams,
        retryAttempts: 0,
        lazy: true,
      })
      return {
        subscribe: <R, V>(document: Document<R, V>, variables?: V) =>
          client.iterate({
            query: document.toString(),
            variables: variables as Record<string, unknown>,
          }) as AsyncIterableIterator<Answer<R>>,
        close: () => client.dispose(),
      }
    },
    /** An SSE client: one request an operation, or all over one stream. */
    sse: (singleConnection = false) => {
      const client = createSseClient({
        url: `${url}/graphql${singleConnection ? '/stream' : ''}`,
        singleConnection,
        headers,
        retryAttempts: 0,
      })
      return {
        subscribe: <R, V>(document: Document<R, V>, variables?: V) =>
          client.iterate({
            query: document.toString(),
            variables: variables as Record<string, unknown>,
          }) as AsyncIterableIterator<Answer<R>>,
        close: () => client.dispose(),
      }
    },
  }
}
export type TestClient = ReturnType<typeof createTestClient>
