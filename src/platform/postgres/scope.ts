import pg from 'pg'
import type { TenantId } from '../ids.ts'

/** What row-level security lets one statement see. Each names the one setting that a policy reads. */
export type Scope =
  | { readonly setting: 'app.tenant_id'; readonly value: TenantId }
  | {
      readonly setting:
        | 'app.user_id'
        | 'app.email'
        | 'app.oauth_identity'
        | 'app.credential_hash'
        | 'app.tenant_slug'
      readonly value: string
    }
  | { readonly setting: 'app.relay' | 'app.operator' | 'app.signing'; readonly value: 'on' }

export const tenantScope = (tenant: TenantId): Scope => ({ setting: 'app.tenant_id', value: tenant })

/** The parts of node-postgres' connection that a query speaks to; not in its public types. */
type Wire = {
  bind(config: { portal: string; statement: string; values: string[]; binary: false }): void
  execute(config: { portal: string; rows?: number }): void
}
type PlainQuery = {
  text: string
  requiresPreparation(): boolean
  prepare(wire: Wire): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, wire: Wire): void
}
const PlainQuery = pg.Query as unknown as new (config: pg.QueryConfig, callback: Callback) => PlainQuery
type Callback = (error: Error | null, result: pg.QueryResult) => void

const SET_SCOPE = { name: 'heliograph_scope', text: 'SELECT set_config($1, $2, true)' }
const transactionControl = /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)\b/i

/** Prepares the scope statement on a fresh connection (the pool's `onConnect`), so that later it costs a bind, not a parse. */
export const prepareScope = async (client: pg.ClientBase): Promise<void> => {
  await client.query({ ...SET_SCOPE, values: ['app.tenant_id', ''] })
}

/**
 * A query that sets its scope in the same flight: in the extended protocol everything before one Sync is one implicit
 * transaction, so `set_config(…, true)` holds for exactly this query and nothing stays on the pooled connection.
 * One round trip instead of the four of BEGIN, set_config, query, COMMIT.
 */
class ScopedQuery extends PlainQuery {
  readonly #scope: Scope
  #scopeIsSet = false

  constructor(scope: Scope, config: pg.QueryConfig, callback: Callback) {
    super(config, callback)
    this.#scope = scope
  }

  /** Without parameters node-postgres would take the simple protocol, where the scope can't ride along. */
  override requiresPreparation(): boolean {
    return !transactionControl.test(this.text)
  }

  override prepare(wire: Wire): void {
    wire.bind({
      portal: '',
      statement: SET_SCOPE.name,
      values: [this.#scope.setting, this.#scope.value],
      binary: false,
    })
    wire.execute({ portal: '' })
    super.prepare(wire)
  }

  override handleDataRow(message: unknown): void {
    if (this.#scopeIsSet) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#scopeIsSet || !this.requiresPreparation()) return super.handleCommandComplete(message, wire)
    this.#scopeIsSet = true
  }
}

/** Runs one query under a scope on one connection; inside a transaction the scope then holds until its end. */
export const runScoped = <Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  scope: Scope,
  config: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> =>
  new Promise((resolve, reject) => {
    const query = new ScopedQuery(scope, config, (error, result) =>
      error ? reject(error) : resolve(result as pg.QueryResult<Row>),
    )
    client.query(query as unknown as pg.Submittable)
  })
