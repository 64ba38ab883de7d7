/** What a credential may be given. A key carries a set of these. */
export const scopes = ['read', 'write', 'ingest', 'admin'] as const
export type AccessScope = (typeof scopes)[number]

/** What a member of a tenant is, most powerful first. */
export const roles = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'] as const
export type Role = (typeof roles)[number]

const owners = ['OWNER'] as const
const admins = ['OWNER', 'ADMIN'] as const
const writers = ['OWNER', 'ADMIN', 'MEMBER'] as const

/**
 * Who may do something: a key with one of these scopes (no key, where there are none), and who has signed in
 * with one of these roles in the tenant of the access token, or anybody who has signed in, with or without a
 * tenant.
 */
export type Permission = {
  readonly scopes: readonly AccessScope[]
  /** A key of one project may do it too, within that project. All else belongs to the whole tenant. */
  readonly inProject?: true
  readonly roles: 'anybody' | readonly Role[]
}

/**
 * The closed list of what can be done and the one table of who may. Every root field of the graph and every
 * route of the program names one of these; `docs/access.md` shows the same table, and a test keeps the two
 * together.
 */
export const actions = {
  'account:read': { scopes: [], roles: 'anybody' },
  'account:write': { scopes: [], roles: 'anybody' },
  'tenant:create': { scopes: [], roles: 'anybody' },
  'tenant:read': { scopes: ['read'], inProject: true, roles },
  'tenant:write': { scopes: [], roles: admins },
  'tenant:own': { scopes: [], roles: owners },
  'member:read': { scopes: [], roles },
  'member:write': { scopes: [], roles: admins },
  'project:write': { scopes: ['write'], roles: admins },
  'stream:read': { scopes: ['read'], roles },
  'stream:write': { scopes: ['write'], roles: writers },
  'streamKey:validate': { scopes: ['ingest'], roles: admins },
  'recording:read': { scopes: ['read'], roles },
  'recording:write': { scopes: ['write'], roles: writers },
  'clip:read': { scopes: ['read'], roles },
  'clip:write': { scopes: ['write'], roles: writers },
  'infrastructure:read': { scopes: ['read'], roles },
  'infrastructure:write': { scopes: ['write'], roles: writers },
  'serviceInstance:write': { scopes: ['ingest', 'write'], roles: writers },
  'bootstrapToken:read': { scopes: ['admin'], roles: admins },
  'bootstrapToken:write': { scopes: ['admin'], roles: admins },
  'clusterAccess:read': { scopes: ['admin'], roles: admins },
  'clusterAccess:write': { scopes: ['admin'], roles: admins },
  'analytics:read': { scopes: ['read'], roles },
  'activity:read': { scopes: ['read'], roles },
  'log:read': { scopes: ['read'], inProject: true, roles },
  'platformEvent:read': { scopes: ['read'], inProject: true, roles },
  'metric:read': { scopes: ['read'], inProject: true, roles },
  'product:read': { scopes: ['read'], inProject: true, roles },
  'incident:read': { scopes: ['read'], roles },
  'incident:write': { scopes: ['write'], roles: writers },
  'alertRule:read': { scopes: ['read'], roles },
  'alertRule:write': { scopes: ['write'], roles: writers },
  'notificationChannel:read': { scopes: ['read'], roles },
  'notificationChannel:write': { scopes: ['admin'], roles: admins },
  'notification:read': { scopes: ['read'], roles },
  'notification:write': { scopes: ['write'], roles: writers },
  'onCallSchedule:read': { scopes: ['read'], roles },
  'onCallSchedule:write': { scopes: ['write'], roles: writers },
  'notificationRoute:read': { scopes: ['read'], roles },
  'notificationRoute:write': { scopes: ['write'], roles: admins },
  'silence:read': { scopes: ['read'], roles },
  'silence:write': { scopes: ['write'], roles: writers },
  'ingest:write': { scopes: ['ingest'], inProject: true, roles: admins },
  'apiKey:read': { scopes: ['admin'], inProject: true, roles: admins },
  'apiKey:write': { scopes: ['admin'], inProject: true, roles: admins },
  'audit:read': { scopes: ['admin'], roles: admins },
} as const satisfies Record<string, Permission>

export type Action = keyof typeof actions

/** Whether one of the scopes allows the action. */
export const allows = (given: ReadonlySet<AccessScope>, action: Action): boolean => {
  const { scopes: allowed }: Permission = actions[action]
  return allowed.some((scope) => given.has(scope))
}

/** Whether that role, or somebody without a tenant (undefined), may do it. */
export const roleAllows = (role: Role | undefined, action: Action): boolean => {
  const { roles: allowed }: Permission = actions[action]
  return allowed === 'anybody' || (role !== undefined && allowed.includes(role))
}

export const isAccessScope = (text: string): text is AccessScope =>
  (scopes as readonly string[]).includes(text)
