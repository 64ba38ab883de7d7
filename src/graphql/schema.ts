import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql'
import { builder } from './builder.ts'
import { withRefusalsRecorded } from './plugins/audit.ts'
import './scalars.ts'
import './limits/rate-limit.schema.ts'
import '../modules/tenancy/tenancy.ts'
import '../modules/identity/identity.ts'
import '../modules/audit/audit.ts'
import '../modules/infrastructure/infrastructure.ts'
import '../modules/streaming/streaming.ts'
import '../modules/audience/viewers.schema.ts'
import '../modules/audience/viewers.live.schema.ts'
import '../modules/incidents/incidents.ts'
import '../modules/incidents/log.schema.ts'

/** The whole graph: every module adds to the builder when it is loaded. */
export const schema: GraphQLSchema = withRefusalsRecorded(builder.toSchema())

/** The schema as text, in one order on every machine. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`
