import type { TypedDocumentString } from '../graphql/graphql.ts'
import { createTestClient } from './client.ts'

const LIVE = `subscription { incidentChanged(withStart: true) {
  ... on IncidentChanged { number } ... on Resync { reason }
} }` as unknown as TypedDocumentString<{ incidentChanged: { number?: number; reason?: string } }, object>

/** Subscribers to incidents over each transport; what each of them has heard: numbers, and why any are missing. */
export const openListeners = (url: string, key: string, ofEach: number) => {
  const client = createTestClient(url, key)
  const transports = [client.webSocket(), client.sse(), client.sse(true)]
  const heard = transports.flatMap((transport) =>
    Array.from({ length: ofEach }, () => {
      const values = transport.subscribe(LIVE)
      const own: (number | string | undefined)[] = []
      const read = async (): Promise<void> => {
        for await (const { data } of values)
          own.push(data?.incidentChanged.number ?? data?.incidentChanged.reason)
      }
      void read().catch((error: unknown) => own.push(String(error)))
      return own
    }),
  )
  return {
    heard,
    close: async (): Promise<void> => {
      await Promise.all(transports.map(async (transport) => transport.close()))
    },
  }
}
