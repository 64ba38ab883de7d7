import { AuditOutcome as outcomes } from '../../../generated/prisma/enums.ts'
import type { Actor } from '../../auth/actor.ts'
import { builder } from '../../graphql/builder.ts'
import { defineList } from '../../graphql/list.ts'
import type { AuditRow } from './audit.store.ts'

const AuditOutcome = builder.enumType('AuditOutcome', {
  description: 'How something ended that was tried.',
  values: {
    SUCCESS: { description: 'It was done.', value: outcomes.SUCCESS },
    DENIED: { description: 'Whoever tried was not allowed to.', value: outcomes.DENIED },
    FAILED: { description: 'It was allowed and was not done.', value: outcomes.FAILED },
  },
})

/** A record, so that the compiler tells when one is missing. */
const actorKinds: Record<Actor['kind'], true> = {
  user: true,
  apiKey: true,
  operator: true,
  demo: true,
  program: true,
  anonymous: true,
}

const AuditEntry = builder.objectRef<AuditRow>('AuditEntry').implement({
  description: 'Something that was done or tried in the tenant. It is written once and never changed.',
  fields: (t) => ({
    sequence: t.expose('sequence', {
      type: 'BigInt',
      description: 'Counts from 1 in each tenant, without a gap.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
    actor: t.exposeString('actor', {
      description: 'Who did it: the name of a key or of a user, "operator", "nobody".',
    }),
    actorKind: t.exposeString('actorKind', {
      description: `What the actor is: ${Object.keys(actorKinds).join(', ')}.`,
    }),
    actorId: t.exposeString('actorId', {
      nullable: true,
      description: 'The id of the user or key, the same after it was renamed.',
    }),
    action: t.exposeString('action', { description: 'What was done, by the name of the mutation.' }),
    resourceType: t.exposeString('resourceType', {
      nullable: true,
      description: 'The type of what it was done to.',
    }),
    resourceId: t.exposeString('resourceId', { nullable: true, description: 'Which one of that type.' }),
    before: t.expose('before', {
      type: 'JSON',
      nullable: true,
      description: 'The fields that changed, as they were.',
    }),
    after: t.expose('after', {
      type: 'JSON',
      nullable: true,
      description: 'The fields that changed, as they are since.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'The network that it came from: /24 or /48, never the whole address.',
    }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'The program that sent it.' }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The request that it was part of.',
    }),
    outcome: t.expose('outcome', { type: AuditOutcome, description: 'How it ended.' }),
    code: t.exposeString('code', { nullable: true, description: 'The error code of what was not done.' }),
    previousDigest: t.string({
      description: 'SHA-256 of the row before, in hexadecimal.',
      resolve: ({ prevHash }) => Buffer.from(prevHash).toString('hex'),
    }),
    digest: t.string({
      description: 'SHA-256 of this row and the one before, in hexadecimal.',
      resolve: ({ hash }) => Buffer.from(hash).toString('hex'),
    }),
  }),
})

const AuditLog = defineList({
  model: 'AuditLog',
  of: AuditEntry,
  items: 'audit entries',
  filter: (is) => ({
    actor: is.text('Name of the actor.'),
    actorId: is.text('Id of the actor.'),
    action: is.text('Action.'),
    resourceType: is.text('Type of the resource.'),
    resourceId: is.text('Id of the resource.'),
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
    'Audit log of the tenant: what was done and what was refused. `heliograph audit verify` proves that it is whole.',
  rows: ({ audit }) => audit.reads,
})
