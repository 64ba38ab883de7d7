import { AuditOutcome as outcomes } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { encodeGlobalID } from '../../graphql/global-id.ts'
import { defineList } from '../../graphql/list.ts'
import { isNode, nodeOf } from '../../graphql/node-of.ts'
import { ErrorCodeEnum } from '../../graphql/problems.ts'
import type { ErrorCode } from '../../platform/errors.ts'
import { actorTypes, AuditActor } from './audit.actor.schema.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { ROW_CHARACTERS } from './audit.redact.ts'

const AuditOutcome = builder.enumType('AuditOutcome', {
  description: 'Outcome of an action.',
  values: {
    SUCCESS: { description: 'It was done.', value: outcomes.SUCCESS },
    DENIED: { description: 'The actor was not allowed to do it.', value: outcomes.DENIED },
    FAILED: { description: 'The actor was allowed to do it, but it was not done.', value: outcomes.FAILED },
  },
})

const hexadecimal = (hash: Uint8Array): string => Buffer.from(hash).toString('hex')

const AuditEntry = builder.prismaNode('AuditLog', {
  variant: 'AuditEntry',
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'An action in the tenant that was done or tried. An entry is written once and never changed.',
  authScopes: { action: 'audit:read' },
  findUnique: (id, context) => ({ id, tenantId: tenantOf(context) }),
  fields: (t) => ({
    sequence: t.expose('sequence', {
      type: 'BigInt',
      description: 'Position in the log of the tenant, counted from 1 without a gap.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time of the action.' }),
    actor: t.variant(AuditActor, { description: 'The person, key or program that did or tried it.' }),
    action: t.exposeString('action', { description: 'Name of the mutation or command.' }),
    resource: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'The object of the action; null without one, and when it is deleted or may not be read.',
      resolve: ({ resourceType, resourceId }, _args, context, info) =>
        nodeOf(context, info, resourceType, resourceId),
    }),
    resourceType: t.exposeString('resourceType', {
      nullable: true,
      description: 'Type of the object of the action.',
    }),
    resourceId: t.id({
      nullable: true,
      description: 'Global id of the object of the action, also after it was deleted.',
      resolve: ({ resourceType, resourceId }, _args, _context, info) =>
        resourceType && resourceId && isNode(info, resourceType)
          ? encodeGlobalID(resourceType, resourceId)
          : null,
    }),
    before: t.expose('before', {
      extensions: longText(ROW_CHARACTERS),
      type: 'JSON',
      nullable: true,
      description: 'Values of the changed fields before the action.',
    }),
    after: t.expose('after', {
      extensions: longText(ROW_CHARACTERS),
      type: 'JSON',
      nullable: true,
      description: 'Values of the changed fields after the action.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Network of the client: /24 or /48, never the whole address.',
    }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'User agent of the client.' }),
    requestId: t.exposeString('requestId', { nullable: true, description: 'Request id of the operation.' }),
    outcome: t.expose('outcome', { type: AuditOutcome, description: 'Outcome.' }),
    code: t.field({
      type: ErrorCodeEnum,
      nullable: true,
      description: 'Error code of an action that was not done.',
      resolve: ({ code }) => code as ErrorCode | null,
    }),
    previousDigest: t.string({
      description: 'SHA-256 of the entry before this one, in hexadecimal.',
      resolve: ({ prevHash }) => hexadecimal(prevHash),
    }),
    digest: t.string({
      description: 'SHA-256 of this entry and the digest before it, in hexadecimal.',
      resolve: ({ hash }) => hexadecimal(hash),
    }),
  }),
})

const AuditLog = defineList({
  model: 'AuditLog',
  of: AuditEntry,
  items: 'audit entries',
  filter: (is) => ({
    actor: is.text('Name of the actor.'),
    actorId: is.idOfAny(actorTypes, 'The user or API key that did or tried it.'),
    action: is.text('Name of the mutation or command.'),
    resource: is.object('The object of the action.'),
    resourceType: is.text('Type of the object of the action.'),
    requestId: is.text('Request id.'),
    outcome: is.oneOf(AuditOutcome, 'Outcome.'),
    createdAt: is.time('Time of the action.'),
  }),
  order: { SEQUENCE: { by: 'sequence', unique: true, description: 'Position in the log.' } },
  first: ['SEQUENCE', 'DESC'],
})
AuditLog.root('auditLog', {
  action: 'audit:read',
  description:
    'Audit log of the tenant: what was done and what was refused. `heliograph audit verify` proves that it is complete.',
  rows: ({ audit }) => audit.reads,
})
