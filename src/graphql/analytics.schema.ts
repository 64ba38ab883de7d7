import { builder } from './builder.ts'
import { needs } from './needs.ts'

/** Where analytics over the whole tenant hang; the domains add their fields. */
export const Analytics = builder.objectRef<object>('Analytics').implement({
  description: 'Analytics over the whole tenant.',
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
