import { typeBrandKey } from '@pothos/core'
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql'
import type { Problem } from '../../platform/problems.ts'
import type { Context } from '../context.ts'
import { expectedError } from '../errors.ts'
import { resourceOf } from '../mutation-input.ts'
import { credentialProblems } from '../problems.ts'
import { openReason } from '../root-actions.ts'

type Args = Record<string, unknown>

/**
 * Pothos hands problems on in a proxy that is no instance of their class any more, but tells the class under
 * this key.
 */
const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' &&
  answer !== null &&
  credentialProblems.some((type) => type === (answer as { [typeBrandKey]?: unknown })[typeBrandKey])

/**
 * The code of an answer that is a problem, or of what was thrown. INTERNAL is a failure of ours and still
 * one.
 */
const codeOfAnswer = (answer: unknown): string | undefined => (isProblem(answer) ? answer.code : undefined)
const codeOfError = (error: unknown): string => expectedError(error)?.code ?? 'INTERNAL'

type Field = GraphQLField<unknown, Context>
const recorded = (field: Field): GraphQLFieldResolver<unknown, Context> => {
  const resolve = field.resolve ?? defaultFieldResolver
  const record = async (
    code: string | undefined,
    args: Args,
    { viewer, actor, modules }: Context,
  ): Promise<void> => {
    // A mutation without a credential is refused before anything and as often as somebody likes: that is for
    // the rates.
    if (code === undefined || viewer.kind === 'anonymous') return
    await modules.audit.service.refused(viewer.tenant, actor, {
      action: field.name,
      code,
      ...resourceOf(field, args),
    })
  }
  return async (root, args: Args, context, info) => {
    let answer: unknown
    try {
      answer = await resolve(root, args, context, info)
    } catch (error) {
      await record(codeOfError(error), args, context)
      throw error
    }
    await record(codeOfAnswer(answer), args, context)
    return answer
  }
}

/**
 * Makes every mutation of a schema record in the audit log what was denied or failed, outermost, so that what
 * authorization and validation refused is seen too. What succeeded is recorded by the stores, in the
 * transaction of the change; those that need no credential, such as signing in, record by themselves what
 * they refuse, since only they know whose it was. Of the arguments only the global id of the thing is written
 * down.
 */
export const withRefusalsRecorded = (schema: GraphQLSchema): GraphQLSchema => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {}))
    if (openReason(field) === undefined) field.resolve = recorded(field)
  return schema
}
