import { userOf } from '../../graphql/context.ts'
import { builder } from '../../graphql/builder.ts'
import { defineList } from '../../graphql/list.ts'
import type { Session as SessionRow } from './session.store.ts'

export const Session = builder.node(builder.objectRef<SessionRow>('Session'), {
  id: { resolve: ({ id }) => id },
  description: 'A session of the caller that has not ended.',
  loadMany: (ids: string[], { viewer, modules }) => modules.sessions.service.own(viewer, ids),
  fields: (t) => ({
    userAgent: t.exposeString('userAgent', {
      description: 'Program that signed in, as it names itself.',
    }),
    address: t.exposeString('address', { description: 'Network that the sign-in came from: /24 or /48.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time of the sign-in.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'Time of the latest refresh.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'Time of expiry; the next sign-in is needed then.',
    }),
    current: t.boolean({
      description: 'Whether the request belongs to this session.',
      resolve: ({ id }, _args, context) => userOf(context).sessionId === id,
    }),
  }),
})

const Sessions = defineList({
  model: 'Session',
  of: Session,
  items: 'sessions',
  filter: (is) => ({
    userAgent: is.text('Program that signed in.'),
    address: is.text('Network that the sign-in came from.'),
    createdAt: is.time('Time of the sign-in.'),
    lastUsedAt: is.time('Time of the latest refresh.'),
    expiresAt: is.time('Time of expiry.'),
  }),
  order: { LAST_USED_AT: { by: 'lastUsedAt', description: 'Time of the latest refresh.' } },
  first: ['LAST_USED_AT', 'DESC'],
})
Sessions.root('sessions', {
  action: 'account:read',
  description: 'Sessions of the caller that have not ended.',
  rows: ({ sessions }) => sessions.reads,
  owner: (context) => userOf(context).id,
})
