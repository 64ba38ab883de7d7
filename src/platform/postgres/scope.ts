import pg from 'pg'
import { currentDeadline, msLeft, type Deadline } from '../deadline.ts'
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
  | {
      readonly setting:
        | 'app.relay'
        | 'app.operator'
        | 'app.signing'
        | 'app.silence'
        | 'app.retention'
        | 'app.alerting'
        | 'app.notifying'
      readonly value: 'on'
    }

export const accountScope = (userId: string): Scope => ({ setting: 'app.user_id', value: userId })
export const tenantScope = (tenant: TenantId): Scope => ({ setting: 'app.tenant_id', value: tenant })

/** The parts of node-postgres' connection that a query speaks to; not in its public types. */
type Wire = {
  bind(config: { portal: string; statement: string; values: string[]; binary: false }): void
  execute(config: { portal: string; rows?: number }): void
}
type PlainQuery = {
  text: string
  requiresPreparation(): boolean
  /** Sends the query when its turn on the connection comes; an error that it returns fails it unsent. */
  submit(wire: Wire): Error | null
  prepare(wire: Wire): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, wire: Wire): void
}
const PlainQuery = pg.Query as unknown as new (config: pg.QueryConfig, callback: Callback) => PlainQuery
type Callback = (error: Error | null, result: pg.QueryResult) => void

/** Less than an operation may take by default, so that one statement never uses all of it. */
export const STATEMENT_MS = 15_000

const SET_SCOPE = {
  name: 'heliograph_scope',
  text: `SELECT set_config($1, $2, true), set_config('statement_timeout', $3, true)`,
}
const transactionControl = /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)\b/i

/**
 * What the program does for itself under these, several operations may wait for: the deadline of none of them
 * ends it.
 */
const own = new Set<Scope['setting']>([
  'app.relay',
  'app.operator',
  'app.signing',
  'app.silence',
  'app.retention',
  'app.alerting',
  'app.notifying',
])

/** The deadline that what is asked now, under that scope, has to keep. */
export const deadlineFor = ({ setting }: Scope): Deadline | undefined =>
  own.has(setting) ? undefined : currentDeadline()

/** The limit of a statement as Postgres takes it, in whole milliseconds. Rounded up: 0 would be no limit. */
const limitOf = (deadline: Deadline | undefined): string =>
  String(Math.max(1, Math.ceil(Math.min(STATEMENT_MS, msLeft(deadline)))))

/**
 * What Postgres itself says of a statement whose time is over (SQLSTATE 57014), for one that is not even
 * sent.
 */
export const outOfTime = (): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError('the time of the operation is over', 0, 'error'), {
    code: '57014',
    severity: 'ERROR',
  })

/**
 * Prepares the scope statement on a fresh connection (the pool's `onConnect`), so that later it costs a bind,
 * not a parse.
 */
export const prepareScope = async (client: pg.ClientBase): Promise<void> => {
  await client.query({ ...SET_SCOPE, values: ['app.tenant_id', '', String(STATEMENT_MS)] })
}

/**
 * A query that sets its scope in the same flight: in the extended protocol everything before one Sync is one
 * implicit transaction, so `set_config(…, true)` holds for exactly this query and nothing stays on the pooled
 * connection. One round trip instead of the four of BEGIN, set_config, query, COMMIT.
 *
 * The time that the operation has left goes the same way. Postgres starts the clock of `statement_timeout`
 * anew with each Execute (since 11), so it holds for this query, and like the scope it is gone with the
 * transaction.
 */
class ScopedQuery extends PlainQuery {
  readonly #scope: Scope
  readonly #deadline: Deadline | undefined
  #scopeIsSet = false

  constructor(scope: Scope, deadline: Deadline | undefined, config: pg.QueryConfig, callback: Callback) {
    super(config, callback)
    this.#scope = scope
    this.#deadline = deadline
  }

  /**
   * Looks at the time when the query leaves: it may have waited behind others. Late is late for a COMMIT too.
   */
  override submit(wire: Wire): Error | null {
    const mayLeave = msLeft(this.#deadline) > 0 || /^ROLLBACK\b/i.test(this.text)
    return mayLeave ? super.submit(wire) : outOfTime()
  }

  /** Without parameters node-postgres would take the simple protocol, where the scope can't ride along. */
  override requiresPreparation(): boolean {
    return !transactionControl.test(this.text)
  }

  override prepare(wire: Wire): void {
    wire.bind({
      portal: '',
      statement: SET_SCOPE.name,
      values: [this.#scope.setting, this.#scope.value, limitOf(this.#deadline)],
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

/**
 * Runs one query under a scope on one connection; inside a transaction the scope then holds until its end.
 * Postgres ends the query at the deadline, or after 15 s, with SQLSTATE 57014; so fails, unsent, one whose
 * deadline has passed.
 */
export const runScoped = <Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  scope: Scope,
  config: pg.QueryConfig,
  deadline: Deadline | undefined,
): Promise<pg.QueryResult<Row>> =>
  new Promise((resolve, reject) => {
    const query = new ScopedQuery(scope, deadline, config, (error, result) =>
      error ? reject(error) : resolve(result as pg.QueryResult<Row>),
    )
    client.query(query as unknown as pg.Submittable)
  })
