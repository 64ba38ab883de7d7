import { errorCodes, type ErrorCode } from '../platform/errors.ts'
import {
  ConflictError,
  CredentialsError,
  ForbiddenError,
  LimitError,
  NotFoundError,
  TooManyAttempts,
  ValidationError,
  type FieldError,
  type Problem,
} from '../platform/problems.ts'
import { builder } from './builder.ts'

export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'Error codes: a closed list.',
  values: Object.fromEntries(
    Object.entries(errorCodes).map(([code, { meaning }]) => [
      code,
      { value: code as ErrorCode, description: meaning },
    ]),
  ),
})

const ProblemInterface = builder.interfaceRef<Problem>('Problem').implement({
  description: 'Reason why a mutation did nothing, and what to do about it.',
  fields: (t) => ({
    message: t.exposeString('message', {
      description: 'What is wrong and what to do, for people.',
    }),
    code: t.expose('code', { type: ErrorCodeEnum, description: 'Error code, for programs.' }),
    path: t.stringList({
      description:
        'Path of the first field at fault in the input, outermost name first; empty for the input as a whole.',
      resolve: (problem) => [...problem.inputPath],
    }),
  }),
})

const described = { interfaces: [ProblemInterface] as never[] } // the plugin's types expect interfaces made with class refs
const FieldErrorRef = builder.objectRef<FieldError>('FieldError').implement({
  description: 'What is wrong with one field of an input.',
  fields: (t) => ({
    path: t.stringList({
      description: 'Path of the field in the input, outermost name first; empty for the input as a whole.',
      resolve: ({ path }) => [...path],
    }),
    message: t.exposeString('message', { description: 'What is wrong, and what is expected.' }),
  }),
})
builder.objectType(ValidationError, {
  name: 'ValidationError',
  ...described,
  description: 'Values of the input are not allowed.',
  fields: (t) => ({
    errors: t.field({
      type: [FieldErrorRef],
      description: 'All fields at fault.',
      extensions: { cost: { small: true, items: 100 } },
      resolve: ({ errors }) => [...errors],
    }),
  }),
})
builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  ...described,
  description: 'The object does not exist, or the credential may not see it: the answer is the same.',
})
builder.objectType(ConflictError, {
  name: 'ConflictError',
  ...described,
  description: 'The current state does not allow it: somebody was faster, or a name is taken.',
})
builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  ...described,
  description: 'The credential is valid but may not do this: a key lacks the scope, a user the role.',
})
builder.objectType(LimitError, {
  name: 'LimitError',
  ...described,
  description: 'A limit of the tenant would be exceeded.',
})

builder.objectType(CredentialsError, {
  name: 'CredentialsError',
  ...described,
  description: 'The password, token, ticket or key is not valid. The answer does not say why.',
})
builder.objectType(TooManyAttempts, {
  name: 'RateLimitedError',
  ...described,
  description: 'Too many attempts; see `retryAfterSeconds`.',
  fields: (t) => ({
    retryAfterSeconds: t.exposeInt('waitSeconds', {
      description: 'Number of seconds to wait before the next attempt.',
    }),
  }),
})

/** The problems that every mutation may answer with. */
export const problems = [ValidationError, NotFoundError, ConflictError, ForbiddenError, LimitError]

/** Those of mutations where somebody proves who they are. */
export const credentialProblems = [...problems, CredentialsError, TooManyAttempts]
