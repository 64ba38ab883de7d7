import { builder } from '../../graphql/builder.ts'
import { clockOf, tenantOf, type Context } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Role } from './membership.schema.ts'

/** Invitations that can still be accepted. */
const open = (context: Context) => ({
  acceptedAt: null,
  expiresAt: { gt: new Date(clockOf(context).now()) },
})

export const Invitation = builder.prismaNode('Invitation', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description:
    'An invitation to become a member of the tenant. Its token was shown once, when it was created.',
  authScopes: { action: 'member:write' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id }, ...open(context) }),
  fields: (t) => ({
    email: t.exposeString('email', { description: 'E-mail of the account that may accept it.' }),
    role: t.expose('role', { type: Role, description: 'Role that it grants.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Time of expiry.' }),
  }),
})

const Invitations = defineList({
  model: 'Invitation',
  of: Invitation,
  items: 'invitations',
  filter: (is) => ({
    email: is.text('E-mail of the account that may accept it.'),
    role: is.oneOf(Role, 'Role that it grants.'),
    createdAt: is.time('Creation time.'),
    expiresAt: is.time('Time of expiry.'),
  }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Creation time.' } },
  first: ['CREATED_AT', 'DESC'],
})
Invitations.root('invitations', {
  action: 'member:write',
  description: 'Invitations that can still be accepted.',
  rows: ({ invitations }) => invitations.reads,
  where: open,
})
