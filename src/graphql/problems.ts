import { errorStatus, type ErrorCode } from '../platform/errors.ts'
import {
  ConflictError,
  ForbiddenError,
  LimitError,
  NotFoundError,
  ValidationError,
  type Problem,
} from '../platform/problems.ts'
import { CredentialsError, RateLimitedError } from '../modules/identity/credentials.errors.ts'
import { builder } from './builder.ts'

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'The closed list of error codes; docs/errors.md says what to do about each.',
  values: Object.fromEntries(
    Object.entries(errorStatus).map(([code, status]) => [
      code,
      { value: code as ErrorCode, description: `As HTTP status: ${status}.` },
    ]),
  ),
})

const ProblemInterface = builder.interfaceRef<Problem>('Problem').implement({
  description: 'Why a mutation did not do what was asked, and what to do about it.',
  fields: (t) => ({
    message: t.exposeString('message', {
      description: 'What is wrong and what to do, in one or two sentences.',
    }),
    code: t.expose('code', { type: ErrorCodeEnum, description: 'The code of the closed list.' }),
    path: t.stringList({
      description:
        'The field of the input that is at fault, outermost first; empty when it is the whole of it.',
      resolve: (problem) => [...problem.inputPath],
    }),
  }),
})

const described = { interfaces: [ProblemInterface] as never[] } // the plugin's types expect interfaces made with class refs
builder.objectType(ValidationError, {
  name: 'ValidationError',
  ...described,
  description: 'A value of the input is not allowed.',
})
builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  ...described,
  description: 'There is no such thing, or it is not yours to see: the answer is the same.',
})
builder.objectType(ConflictError, {
  name: 'ConflictError',
  ...described,
  description: 'The state of things does not allow it: somebody was faster, or a name is taken.',
})
builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  ...described,
  description: 'The credential is good, but may not do that: a key lacks the scope, a person the role.',
})
builder.objectType(LimitError, {
  name: 'LimitError',
  ...described,
  description: 'A limit of the tenant would be exceeded.',
})

builder.objectType(CredentialsError, {
  name: 'CredentialsError',
  ...described,
  description: 'What was sent to prove who somebody is does not prove it. It does not say why.',
})
builder.objectType(RateLimitedError, {
  name: 'RateLimitedError',
  ...described,
  description: 'Too many attempts.',
  fields: (t) => ({
    retryAfterSeconds: t.exposeInt('waitSeconds', {
      description: 'Seconds after which trying again makes sense.',
    }),
  }),
})

/** The problems that every mutation may answer with. */
export const problems = [ValidationError, NotFoundError, ConflictError, ForbiddenError, LimitError]

/** Those of mutations where somebody proves who they are. */
export const credentialProblems = [...problems, CredentialsError, RateLimitedError]
