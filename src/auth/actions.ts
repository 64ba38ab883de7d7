/** What a credential may be given. A key carries a set of these. */
export const scopes = ['read', 'write', 'ingest', 'admin'] as const
export type AccessScope = (typeof scopes)[number]

/** Who may do something: a key with one of these scopes. (Roles of users get their column here.) */
export type Permission = { readonly scopes: readonly AccessScope[] }

/**
 * The closed list of what can be done and the one table of who may. Every root field of the graph and every route of the
 * program names one of these; `docs/access.md` shows the same table, and a test keeps the two together.
 */
export const actions = {
  'tenant:read': { scopes: ['read'] },
  'stream:read': { scopes: ['read'] },
  'stream:write': { scopes: ['write'] },
  'infrastructure:read': { scopes: ['read'] },
  'analytics:read': { scopes: ['read'] },
  'log:read': { scopes: ['read'] },
  'incident:read': { scopes: ['read'] },
  'incident:write': { scopes: ['write'] },
  'ingest:write': { scopes: ['ingest'] },
  'apiKey:read': { scopes: ['admin'] },
  'apiKey:write': { scopes: ['admin'] },
  'audit:read': { scopes: ['admin'] },
} as const satisfies Record<string, Permission>

export type Action = keyof typeof actions

/** Whether one of the scopes allows the action. */
export const allows = (given: ReadonlySet<AccessScope>, action: Action): boolean =>
  actions[action].scopes.some((scope) => given.has(scope))

export const isAccessScope = (text: string): text is AccessScope =>
  (scopes as readonly string[]).includes(text)
