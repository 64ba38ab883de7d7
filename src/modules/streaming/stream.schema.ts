import type { Prisma } from '../../../generated/prisma/client.ts'
import { queryFromInfo } from '@pothos/plugin-prisma'
import { StreamStatus as statuses } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { DateTimeFilter, OrderDirection, StringFilter, toWhere } from '../../graphql/filters.ts'
import { countsRows } from '../../graphql/limits/cost.ts'
import { keysetPage, type KeysetColumn } from '../../graphql/keyset.ts'

const StreamStatus = builder.enumType('StreamStatus', {
  description: 'Whether a stream is on the air.',
  values: {
    OFFLINE: { description: 'Not on the air.', value: statuses.OFFLINE },
    LIVE: { description: 'On the air.', value: statuses.LIVE },
    ENDED: { description: 'Was on the air and will not come back.', value: statuses.ENDED },
  },
})

const StreamKey = builder.prismaObject('StreamKey', {
  description: 'What an encoder proves itself with. The key itself was shown once, when it was made.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    prefix: t.exposeString('prefix', { description: 'Its first characters, to recognize it by.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether it still opens the stream.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

export const Stream = builder.prismaNode('Stream', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A video stream.',
  authScopes: { action: 'stream:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id }, deletedAt: null }),
  fields: (t) => ({
    internalName: t.exposeString('internalName', {
      description: 'The name that analytics rows carry; unique in the tenant.',
    }),
    playbackId: t.exposeString('playbackId', { description: 'What players ask for.' }),
    title: t.exposeString('title', { description: 'Title for people.' }),
    description: t.exposeString('description', { description: 'What it is about.' }),
    status: t.expose('status', { type: StreamStatus, description: 'Whether it is on the air.' }),
    isPublic: t.exposeBoolean('isPublic', { description: 'Whether anybody may watch.' }),
    maxViewers: t.exposeInt('maxViewers', {
      nullable: true,
      description: 'Most viewers at once; null for no limit.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it went on the air last.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it went off the air last.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    keys: t.relation('keys', {
      type: StreamKey,
      description: 'Its keys, newest first, without their secrets.',
      extensions: { cost: { items: 100 } },
      query: { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 100 },
    }),
  }),
})

const statusFilter = builder.inputType('StreamStatusFilter', {
  description: 'Conditions on a status.',
  fields: (t) => ({
    eq: t.field({ type: StreamStatus, description: 'Is this one.' }),
    in: t.field({ type: [StreamStatus], description: 'Is one of these.' }),
  }),
})

const StreamFilter = builder.inputRef<object>('StreamFilter')
StreamFilter.implement({
  description: 'Conditions on streams. Those given must all hold.',
  fields: (t) => ({
    internalName: t.field({ type: StringFilter, description: 'Its internal name.' }),
    title: t.field({ type: StringFilter, description: 'Its title.' }),
    status: t.field({ type: statusFilter, description: 'Its status.' }),
    createdAt: t.field({ type: DateTimeFilter, description: 'When it was made.' }),
    and: t.field({ type: [StreamFilter], description: 'All of these hold.' }),
    or: t.field({ type: [StreamFilter], description: 'One of these holds.' }),
    not: t.field({ type: StreamFilter, description: 'This does not hold.' }),
  }),
})

const columns = {
  CREATED_AT: { field: 'createdAt', kind: 'date' },
  TITLE: { field: 'title', kind: 'text' },
  INTERNAL_NAME: { field: 'internalName', kind: 'text' },
} as const satisfies Record<string, KeysetColumn>

const StreamOrderField = builder.enumType('StreamOrderField', {
  description: 'What streams can be ordered by.',
  values: {
    CREATED_AT: { description: 'When they were made.' },
    TITLE: { description: 'Their titles.' },
    INTERNAL_NAME: { description: 'Their internal names.' },
  } as const,
})
const StreamOrder = builder.inputType('StreamOrder', {
  description: 'An order of streams.',
  fields: (t) => ({
    field: t.field({ type: StreamOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
})

/** Pothos types the selection as one that may be undefined, which it never is. */
type Selection = Pick<Prisma.StreamFindManyArgs, 'select' | 'include'>

builder.queryField('streams', (t) =>
  t.connection(
    {
      type: Stream,
      description: 'The streams of the tenant, newest first unless ordered otherwise. Needs the scope read.',
      authScopes: { action: 'stream:read' },
      args: {
        filter: t.arg({ type: StreamFilter, description: 'Which ones.' }),
        orderBy: t.arg({ type: StreamOrder, description: 'In which order.' }),
      },
      resolve: async (_root, args, context, info) => {
        const tenant = tenantOf(context)
        const { store } = context.modules.streams
        const where = toWhere(args.filter)
        const query = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
        const page = await keysetPage({
          args,
          column: columns[args.orderBy?.field ?? 'CREATED_AT'],
          direction: args.orderBy?.direction ?? 'DESC',
          where,
          find: (find) => store.page(tenant, { ...(query as Selection), ...find }),
        })
        return { ...page, totalCount: () => store.count(tenant, where) }
      },
    },
    {
      description: 'A page of streams.',
      fields: (t) => ({
        totalCount: t.int({
          description: 'All that fit the filter, counted only when asked for.',
          extensions: countsRows,
          resolve: (page) => page.totalCount(),
        }),
      }),
    },
    { description: 'A stream and its place in the list.' },
  ),
)

builder.queryField('streamByInternalName', (t) =>
  t.prismaField({
    type: Stream,
    nullable: true,
    description: 'The stream with that internal name, or null. Needs the scope read.',
    authScopes: { action: 'stream:read' },
    args: {
      internalName: t.arg.string({ required: true, description: 'The name that analytics rows carry.' }),
    },
    resolve: (query, _root, { internalName }, context) =>
      context.modules.streams.store.findByInternalName(tenantOf(context), internalName, query),
  }),
)
