import { createTestClient, type Answer } from '../testkit/client.ts'

type Operation = { readonly query: string; readonly variables?: Record<string, unknown> | undefined }
type Ask = (operation: Operation) => Promise<readonly { extensions?: { code?: string } }[] | undefined>

/** The errors of an operation, however the transport says them. */
export const roadsOf = (at: () => { readonly url: string; readonly key: string }): Record<string, Ask> => ({
  HTTP: async ({ query, variables }) =>
    (await createTestClient(at().url, at().key).request(query, variables)).errors,
  WebSocket: async ({ query, variables }) => {
    const client = createTestClient(at().url, at().key).webSocket()
    try {
      const { value } = await client.subscribe(query as never, variables as never).next()
      return (value as Answer<unknown>).errors
    } catch (errors) {
      return errors as [] // an `error` message rejects with its list
    } finally {
      await client.close()
    }
  },
  SSE: async ({ query, variables }) => {
    const response = await fetch(`${at().url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${at().key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query, variables }),
    })
    const data = /^data: (.+)$/m.exec(await response.text())?.[1]
    return (JSON.parse(data!) as Answer<unknown>).errors
  },
})
