/** What a credential may be given. A key carries a set of these. */
export const scopes = ['read', 'write', 'ingest'] as const
export type AccessScope = (typeof scopes)[number]

/**
 * The closed list of what can be done, and the scope that allows it to a key; null is for people who have signed in, and for no
 * key. Every root field of the graph and every route of the program names one of these.
 */
export const actions = {
  'account:read': null,
  'account:write': null,
  'tenant:create': null,
  'tenant:read': 'read',
  'tenant:write': null,
  'tenant:own': null,
  'member:read': null,
  'member:write': null,
  'project:write': 'write',
  'stream:read': 'read',
  'stream:write': 'write',
  'infrastructure:read': 'read',
  'analytics:read': 'read',
  'log:read': 'read',
  'incident:read': 'read',
  'incident:write': 'write',
  'ingest:write': 'ingest',
} as const satisfies Record<string, AccessScope | null>

export type Action = keyof typeof actions

export const isAccessScope = (text: string): text is AccessScope =>
  (scopes as readonly string[]).includes(text)

/** What a member of a tenant is, most powerful first. */
export const roles = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'] as const
export type Role = (typeof roles)[number]

const owners = ['OWNER'] as const
const admins = ['OWNER', 'ADMIN'] as const
const writers = ['OWNER', 'ADMIN', 'MEMBER'] as const

/** Who may do each action after signing in: a role in the tenant of the access token, or anybody, with or without a tenant. */
export const allowedRoles = {
  'account:read': 'anybody',
  'account:write': 'anybody',
  'tenant:create': 'anybody',
  'tenant:read': roles,
  'tenant:write': admins,
  'tenant:own': owners,
  'member:read': roles,
  'member:write': admins,
  'project:write': admins,
  'stream:read': roles,
  'stream:write': writers,
  'infrastructure:read': roles,
  'analytics:read': roles,
  'log:read': roles,
  'incident:read': roles,
  'incident:write': writers,
  'ingest:write': admins,
} as const satisfies Record<Action, 'anybody' | readonly Role[]>

/** Whether that role, or somebody without a tenant (undefined), may do it. */
export const roleAllows = (role: Role | undefined, action: Action): boolean => {
  const allowed: 'anybody' | readonly Role[] = allowedRoles[action]
  return allowed === 'anybody' || (role !== undefined && allowed.includes(role))
}
