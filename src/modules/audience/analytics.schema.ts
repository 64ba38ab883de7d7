import { builder } from '../../graphql/builder.ts'

/** Where analytics over the whole tenant hang; the domains add their fields. */
export const Analytics = builder.objectRef<object>('Analytics').implement({
  description: 'Analytics over the whole tenant.',
  fields: () => ({}),
})

builder.queryField('analytics', (t) =>
  t.field({
    type: Analytics,
    description: 'Analytics over the whole tenant. Needs the scope read.',
    authScopes: { action: 'analytics:read' },
    resolve: () => ({}),
  }),
)
