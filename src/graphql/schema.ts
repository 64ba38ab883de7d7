import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql'
import { builder } from './builder.ts'
import { withRefusalsRecorded } from './plugins/audit.ts'
import './scalars.ts'
import './limits/rate-limit.schema.ts'
import '../modules/modules.ts'
import './activity.schema.ts' // after the domains, whose events it tells

/** The whole graph: every module adds to the builder when it is loaded. */
export const schema: GraphQLSchema = withRefusalsRecorded(builder.toSchema())

/** The schema as text, in one order on every machine. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`
