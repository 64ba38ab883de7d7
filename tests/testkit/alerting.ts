import { createActsStore } from '../../src/modules/alerting/acts.store.ts'
import { createEvaluator, TICK_MS } from '../../src/modules/alerting/evaluator.ts'
import { createEvaluatorStore } from '../../src/modules/alerting/evaluator.store.ts'
import { actWith } from '../../src/modules/alerting/evaluator.task.ts'
import { createWindowQueries } from '../../src/modules/alerting/windows.queries.ts'
import { alertedIncidents } from '../../src/modules/incidents/incident.alerts.store.ts'
import { createChanges } from '../../src/modules/audit/audit.change.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { measures } from '../../src/modules/measures.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import type { Postgres } from '../../src/platform/postgres/postgres.ts'
import { createLogger } from '../../src/platform/logger.ts'
import type { TestApp } from './app.ts'

/** A program whose own evaluator rests, so that a test ticks by itself. */
export const WITHOUT_ALERTING = { HELIOGRAPH_ROLES: 'server,ingest' }

/** An evaluator on the stores of a program, whose time is what a test says. */
export const evaluatorOn = (
  { app, databases }: Pick<TestApp, 'app'> & { readonly databases: { readonly clickHouse: ClickHouse } },
  options: {
    readonly clickHouse?: ClickHouse
    readonly act?: (tenant: TenantId) => Promise<boolean>
    readonly settleMs?: number
    /** In place of the program's: one whose answers the test loses. */
    readonly postgres?: Postgres
  } = {},
) => {
  const { postgres = app.postgres } = options
  const changes = createChanges({ postgres, poke: app.poke })
  const act = actWith(createActsStore({ changes, alerted: alertedIncidents }))
  const evaluator = createEvaluator({
    store: createEvaluatorStore({ postgres }),
    windows: createWindowQueries({ clickHouse: options.clickHouse ?? databases.clickHouse }),
    measures,
    act: options.act ?? act,
    settleMs: options.settleMs,
    poke: app.poke,
    log: createLogger({ level: 'silent', format: 'json' }),
  })
  return {
    ...evaluator,
    /** All ticks from one time to another, each at its time. */
    ticks: async (fromMs: number, toMs: number): Promise<void> => {
      for (let atMs = Math.ceil(fromMs / TICK_MS) * TICK_MS; atMs <= toMs; atMs += TICK_MS)
        await evaluator.tick(atMs)
    },
  }
}

/** Stores facts of a dataset as ingest stores them, in one block. */
export const storeFacts = async (
  clickHouse: ClickHouse,
  dataset: string,
  tenant: TenantId,
  items: readonly object[],
  token: string = uuidv7(),
): Promise<void> => {
  const { name, columns, schema, toLine } = datasets.find((each) => each.name === dataset)!
  const lines = items.map((item) => {
    const { event_id = uuidv7(), ...rest } = item as { event_id?: string }
    return `${toLine(tenant, schema.parse(rest), event_id)}\n`
  })
  await clickHouse.insertRows(name, columns, Buffer.from(lines.join('')), token)
}
