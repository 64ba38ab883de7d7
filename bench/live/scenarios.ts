import { burst, burstOfAll } from './scenarios/burst.ts'
import { conflation } from './scenarios/conflation.ts'
import { connect } from './scenarios/connect.ts'
import { fanOutScenario } from './scenarios/fanout.ts'
import { latency } from './scenarios/latency.ts'
import { memory } from './scenarios/memory.ts'
import { stalled } from './scenarios/stalled.ts'
import { stormScenario } from './scenarios/storm.ts'
import type { Scenario } from './session.ts'

/** By the names of the command line, in the order of the table. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'fanout-1000': fanOutScenario('fan-out to 1,000 WebSockets', ['bare-ws', 'stock'], ({ quick }) => ({
    name: 'fanout-1000',
    clients: 1_000,
    events: quick ? 100 : 300,
  })),
  'fanout-1000-spin': fanOutScenario(
    'fan-out to 1,000 WebSockets, spinning client',
    ['bare-ws', 'stock'],
    ({ quick }) => ({
      name: 'fanout-1000-spin',
      clients: 1_000,
      events: quick ? 100 : 300,
      session: { client: { spin: 1 } },
    }),
  ),
  'fanout-5000': fanOutScenario('fan-out to 5,000 WebSockets', ['bare-ws', 'stock'], ({ quick }) => ({
    name: 'fanout-5000',
    clients: 5_000,
    events: quick ? 20 : 60,
  })),
  'sse-1000': fanOutScenario('fan-out to 1,000 event streams', ['bare-sse'], ({ quick }) => ({
    name: 'sse-1000',
    clients: 1_000,
    events: quick ? 100 : 300,
    session: { client: { transport: 'sse' } },
  })),
  burst,
  'burst-all': burstOfAll,
  memory,
  connect,
  latency,
  conflation,
  'storm-5000': stormScenario(5_000),
  'storm-10000': stormScenario(10_000),
  stalled,
}
