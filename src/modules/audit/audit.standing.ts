import { isAccessScope, type Action, type Role } from '../../auth/actions.ts'
import type { Actor } from '../../auth/actor.ts'
import { GOOD_KEY, GOOD_SESSION } from '../../auth/good-credential.ts'
import type { Permit } from '../../auth/permit.ts'
import { can, type Viewer } from '../../auth/viewer.ts'
import type { TenantId } from '../../platform/ids.ts'
import { scopedRun, type PrismaTransaction, type ScopedRun } from '../../platform/postgres/run.ts'
import { ForbiddenError } from '../../platform/problems.ts'

/**
 * What an actor must still have when its change is committed: the right to do it, or the credential alone, which is
 * then good for anything. The second is for what an account does about itself, and where a work has asked for the right
 * under a lock of its own.
 */
export type Standing = Action | 'credential'

const SESSION = `SELECT m.role FROM ${GOOD_SESSION.from} WHERE ${GOOD_SESSION.where}`
const KEY = `
  SELECT k.scopes, k.project_id AS "projectId" FROM ${GOOD_KEY.from}
   WHERE k.tenant_id = $1 AND k.id = $2 AND ${GOOD_KEY.where} AND (k.expires_at IS NULL OR k.expires_at > $3)`

/** The account whose own rows the question has to see; null where it is none. */
export const accountOf = (actor: Actor): string | null => (actor.kind === 'user' ? actor.id : null)

/**
 * What is stored of an actor at this moment, as a viewer; undefined when it was revoked, removed or switched
 * off.
 */
const stored = async (
  run: ScopedRun,
  tenant: TenantId,
  { kind, id, name, sessionId }: Actor,
  now: Date,
): Promise<Viewer | undefined> => {
  if (id === null) return undefined
  if (kind === 'user') {
    if (sessionId === undefined) return undefined
    const values = [id, sessionId, tenant, now]
    const [row] = await run<{ role: Role | null }>({ name: 'standing_session', text: SESSION, values })
    return row && { kind, id, name, email: '', sessionId, tenant, role: row.role ?? undefined }
  }
  const [row] = await run<{ scopes: string[]; projectId: string | null }>({
    name: 'standing_key',
    text: KEY,
    values: [tenant, id, now],
  })
  if (!row) return undefined
  const scopes = new Set(row.scopes.filter(isAccessScope))
  return { kind: 'apiKey', id, name, tenant, scopes, ...(row.projectId && { projectId: row.projectId }) }
}

export const mayNoLonger = () => new ForbiddenError('You may not do that any more.')

/**
 * Throws ForbiddenError unless the actor may still do it. Credentials are looked up again every 2 s only, and
 * what was changed in that time by somebody who may not any more could stay for good. Asked while the
 * tenant's head of the audit log is locked: whatever took the right away has committed by then, or comes
 * after. It locks nothing: who ends a session holds it and waits for a head. The transaction must see the rows of
 * `accountOf` the actor.
 */
export const assertStanding = async (
  run: ScopedRun,
  tenant: TenantId,
  actor: Actor,
  standing: Standing,
  now: Date,
): Promise<void> => {
  if (actor.kind !== 'user' && actor.kind !== 'apiKey') return // who runs the machine, and the program itself
  const viewer = await stored(run, tenant, actor, now)
  if (!viewer || (standing !== 'credential' && !can(viewer, standing))) throw mayNoLonger()
}

/** Asks it early, for a work after which nobody is allowed anything. Throws ForbiddenError. */
export const askStanding = async <A extends Action>(
  tx: PrismaTransaction,
  { tenant, actor, action }: Permit<A>,
): Promise<void> => {
  if (action === undefined) return
  const run = scopedRun(tx)
  const text = `SELECT set_config('app.user_id', coalesce($1, ''), true), clock_timestamp() AS now`
  const [row] = await run<{ now: Date }>({ text, values: [accountOf(actor)] })
  await assertStanding(run, tenant, actor, action, row!.now)
}
