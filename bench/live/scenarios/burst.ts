import { INCIDENTS } from '../publisher.ts'
import { incidentOf } from '../session.ts'
import { fanOutScenario } from './fanout.ts'

const OPERATIONS = 20
const CLIENTS = 250

const payloadOf = (operation: number): string => {
  const id = Buffer.from(`Incident:${incidentOf(operation).incident}`).toString('base64')
  return INCIDENTS.replace('%AFTER%', `%AFTER%,"filter":{"incident":{"eq":"${id}"}}`)
}

/** A dashboard: each client watches 20 incidents, each by an operation of its own, and all 20 change at once. */
export const burst = fanOutScenario(
  `burst: ${OPERATIONS} operations a client on ${CLIENTS} sockets, an event for each at once`,
  ['bare-ws'],
  ({ quick }) => ({
    name: 'burst',
    clients: CLIENTS,
    events: quick ? 25 : 300,
    session: { payloads: Array.from({ length: OPERATIONS }, (_, operation) => payloadOf(operation)) },
  }),
)

/** The same of 20 panels that all show what happens, each by an operation of its own: as 20 topics at once. */
export const burstOfAll = fanOutScenario(
  `burst: ${OPERATIONS} different operations a client on ${CLIENTS} sockets, all told at once`,
  ['bare-ws'],
  ({ quick }) => ({
    name: 'burst-all',
    clients: CLIENTS,
    events: quick ? 25 : 300,
    all: true,
    session: {
      payloads: Array.from({ length: OPERATIONS }, (_, operation) =>
        INCIDENTS.replace('subscription Live(', `subscription Live${operation}(`),
      ),
    },
  }),
)
