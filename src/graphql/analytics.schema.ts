import { builder } from './builder.ts'
import { needs } from './needs.ts'
import { oneOfTenant } from './one-of-tenant.ts'

/** Where analytics over the whole tenant hang; the domains add their fields. */
export const Analytics = oneOfTenant<object>('Analytics', {
  description: 'Analytics over the whole tenant.',
  action: 'analytics:read',
  find: () => ({}),
  fields: () => ({}),
})

builder.queryField('analytics', (t) =>
  t.field({
    type: Analytics,
    nullable: true,
    description: `Analytics over the whole tenant. ${needs('analytics:read')}`,
    authScopes: { action: 'analytics:read' },
    resolve: () => ({}),
  }),
)
