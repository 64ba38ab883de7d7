import { isAccessScope, type Action, type Role } from '../../auth/actions.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, type Viewer } from '../../auth/viewer.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { ScopedRun } from '../../platform/postgres/run.ts'
import { ForbiddenError } from '../../platform/problems.ts'

const ROLE = `
  SELECT m.role FROM memberships m JOIN users u ON u.id = m.user_id
   WHERE m.tenant_id = $1 AND m.user_id = $2 AND u.is_active AND u.deleted_at IS NULL`
const KEY = `
  SELECT scopes, project_id AS "projectId" FROM api_keys
   WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`

/**
 * What is stored of an actor at this moment, as a viewer; undefined when it was revoked, removed or switched
 * off.
 */
const stored = async (run: ScopedRun, tenant: TenantId, actor: Actor): Promise<Viewer | undefined> => {
  const { id, name } = actor
  if (id === null) return undefined
  const values = [tenant, id]
  if (actor.kind === 'user') {
    const [row] = await run<{ role: Role }>({ name: 'standing_user', text: ROLE, values })
    return row && { kind: 'user', id, name, email: '', sessionId: '', tenant, role: row.role }
  }
  const [row] = await run<{ scopes: string[]; projectId: string | null }>({
    name: 'standing_key',
    text: KEY,
    values,
  })
  if (!row) return undefined
  const scopes = new Set(row.scopes.filter(isAccessScope))
  return { kind: 'apiKey', id, name, tenant, scopes, ...(row.projectId && { projectId: row.projectId }) }
}

/**
 * Throws ForbiddenError unless the actor may still do it. Credentials are looked up again every 2 s only, and
 * what was changed in that time by somebody who may not any more could stay for good. Asked while the
 * tenant's head of the audit log is locked: whatever took the right away has committed by then, or comes
 * after.
 */
export const assertStanding = async (
  run: ScopedRun,
  tenant: TenantId,
  actor: Actor,
  action: Action,
): Promise<void> => {
  if (actor.kind !== 'user' && actor.kind !== 'apiKey') return // who runs the machine, and the program itself
  const viewer = await stored(run, tenant, actor)
  if (!viewer || !can(viewer, action)) throw new ForbiddenError('You may not do that any more.')
}
