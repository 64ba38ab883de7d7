import { AuditOutcome as outcomes } from '../../../generated/prisma/enums.ts'
import type { Actor } from '../../auth/actor.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { DateTimeFilter, StringFilter, toWhere } from '../../graphql/filters.ts'
import { countsRows } from '../../graphql/limits/cost.ts'
import { keysetPage } from '../../graphql/keyset.ts'
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

const outcomeFilter = builder.inputType('AuditOutcomeFilter', {
  description: 'Conditions on an outcome.',
  fields: (t) => ({
    eq: t.field({ type: AuditOutcome, description: 'Is this one.' }),
    in: t.field({ type: [AuditOutcome], description: 'Is one of these.' }),
  }),
})

const AuditFilter = builder.inputRef<object>('AuditFilter')
AuditFilter.implement({
  description: 'Conditions on rows of the audit log. Those given must all hold.',
  fields: (t) => ({
    actor: t.field({ type: StringFilter, description: 'Who did it.' }),
    actorId: t.field({ type: StringFilter, description: 'The id of who did it.' }),
    action: t.field({ type: StringFilter, description: 'What was done.' }),
    resourceType: t.field({ type: StringFilter, description: 'The type of what it was done to.' }),
    resourceId: t.field({ type: StringFilter, description: 'Which one of that type.' }),
    requestId: t.field({ type: StringFilter, description: 'The request that it was part of.' }),
    outcome: t.field({ type: outcomeFilter, description: 'How it ended.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'When it happened.' }),
    and: t.field({ type: [AuditFilter], description: 'All of these hold.' }),
    or: t.field({ type: [AuditFilter], description: 'One of these holds.' }),
    not: t.field({ type: AuditFilter, description: 'This does not hold.' }),
  }),
})

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntry,
      description:
        'What was done and tried in the tenant, newest first. Needs the scope admin. "heliograph audit verify" proves that it is whole.',
      authScopes: { action: 'audit:read' },
      args: { filter: t.arg({ type: AuditFilter, description: 'Which rows.' }) },
      resolve: async (_root, args, context) => {
        const tenant = tenantOf(context)
        const { store } = context.modules.audit
        const where = toWhere(args.filter)
        const page = await keysetPage({
          args,
          column: { field: 'sequence', kind: 'sequence' },
          direction: 'DESC',
          where,
          find: (find) => store.page(tenant, find),
        })
        return { ...page, totalCount: () => store.count(tenant, where) }
      },
    },
    {
      description: 'A page of the audit log.',
      fields: (t) => ({
        totalCount: t.int({
          description: 'All that fit the filter, counted only when asked for.',
          extensions: countsRows,
          resolve: (page) => page.totalCount(),
        }),
      }),
    },
    { description: 'A row of the audit log and its place in it.' },
  ),
)
