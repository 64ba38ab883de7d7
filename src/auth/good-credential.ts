/**
 * When a credential is good, as SQL: it is asked when a request begins, and again in the transaction of what it
 * changes.
 */

/** An API key `k`, with its tenant and its project. */
export const GOOD_KEY = {
  from: `api_keys k JOIN tenants t ON t.id = k.tenant_id
         LEFT JOIN projects p ON p.tenant_id = k.tenant_id AND p.id = k.project_id`,
  where: `k.revoked_at IS NULL AND t.is_active AND t.deleted_at IS NULL
          AND (k.project_id IS NULL OR p.is_active AND p.deleted_at IS NULL)`,
}

/** The session $2 of the account $1 at the time $4, with the role `m.role` in the tenant $3, if it has one. */
export const GOOD_SESSION = {
  from: `sessions s JOIN users u ON u.id = s.user_id
         LEFT JOIN (memberships m JOIN tenants t ON t.id = m.tenant_id AND t.is_active AND t.deleted_at IS NULL)
           ON m.user_id = u.id AND m.tenant_id = $3::uuid`,
  where: `s.id = $2 AND s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $4
          AND u.is_active AND u.deleted_at IS NULL`,
}
