/** What a credential may be given. A key carries a set of these. */
export const scopes = ['read', 'write', 'ingest'] as const
export type AccessScope = (typeof scopes)[number]

/**
 * The closed list of what can be done, and the scope that allows it. Every root field of the graph and every route of the
 * program names one of these.
 */
export const actions = {
  'tenant:read': 'read',
  'stream:read': 'read',
  'stream:write': 'write',
  'infrastructure:read': 'read',
  'analytics:read': 'read',
  'log:read': 'read',
  'incident:read': 'read',
  'incident:write': 'write',
  'ingest:write': 'ingest',
} as const satisfies Record<string, AccessScope>

export type Action = keyof typeof actions

export const isAccessScope = (text: string): text is AccessScope =>
  (scopes as readonly string[]).includes(text)
