import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { AppError } from '../../platform/errors.ts'
import { User } from '../identity/user.schema.ts'
import { Role } from './membership.schema.ts'

export const Member = builder.prismaNode('Membership', {
  name: 'Member',
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A member of the tenant.',
  authScopes: { action: 'member:read' },
  findUnique: (id, context) => ({ id, tenantId: tenantOf(context) }),
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'Account of the member.',
      select: { user: { select: { id: true, email: true, name: true } } },
      resolve: ({ user }) => {
        // Prisma reads accounts by a second statement, which no longer sees that of a member removed in between.
        if ((user as typeof user | null) === null)
          throw new AppError('NOT_FOUND', 'A member has left meanwhile. Ask again.')
        return user
      },
    }),
    role: t.expose('role', { type: Role, description: 'Role in the tenant.' }),
    joinedAt: t.expose('joinedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of joining; null where it was not recorded.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const Members = defineList({
  model: 'Membership',
  of: Member,
  items: 'members',
  filter: (is) => ({
    user: is.idOf('User', 'Account of the member.'),
    role: is.oneOf(Role, 'Role in the tenant.'),
    createdAt: is.time('Creation time.'),
  }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Creation time.' } },
  first: ['CREATED_AT', 'ASC'],
})
Members.root('members', {
  action: 'member:read',
  description: 'Members of the tenant.',
  rows: ({ members }) => members.reads,
})
