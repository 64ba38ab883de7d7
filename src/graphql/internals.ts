import type { Bus } from '../platform/bus/bus.ts'
import type { Clock } from '../platform/clock.ts'
import type { Postgres, PrismaClient } from '../platform/postgres/postgres.ts'
import type { Context } from './context.ts'
import { tenantOf } from './context.ts'

/**
 * What the graph's own mechanisms need of the program. It hangs on the context under a symbol that lint lets
 * nobody but the files of this folder import: a resolver of a domain reaches no store and no client.
 */
export const internals = Symbol('internals of the graph')
export type Internals = { readonly postgres: Postgres; readonly bus: Bus; readonly clock: Clock }

/** Pothos' Prisma client: that of the tenant of the request. */
export const prismaOf = (context: Context): PrismaClient =>
  context[internals].postgres.forTenant(tenantOf(context))

export const busOf = (context: Context): Bus => context[internals].bus
