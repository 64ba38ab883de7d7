import { buildSchema, graphqlSync, GraphQLError } from 'graphql'
import { expect, test } from 'vitest'
import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'
import { createErrorMask } from './errors.ts'

const schema = buildSchema(`
  enum Level { LOW HIGH }
  interface Named { name: String }
  type Thing implements Named { name: String }
  type Query { number: Int level: Level levels: [Level] named: Named take(some: Int!): Int }`)

const ask = (source: string, rootValue: object, variableValues = {}) => {
  const logged: unknown[] = []
  const log = { error: (...told: unknown[]) => logged.push(told) } as unknown as Logger
  const { errors = [] } = graphqlSync({ schema, source, rootValue, variableValues })
  return { errors: errors.map((error) => createErrorMask(log)(error, 'the request')), logged }
}

test.each([
  ['{ number }', { number: 2 ** 40 }],
  ['{ level }', { level: 'kept wrongly' }],
  ['{ levels }', { levels: 'no list' }],
  ['{ named { name } }', { named: { __typename: 'kept wrongly' } }],
])(
  'a stored value that does not fit its type is our failure: it is logged and not told: %s',
  (source, root) => {
    const { errors, logged } = ask(source, root)
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL', requestId: 'the request' } }])
    expect(errors[0]!.message).not.toMatch(/1099511627776|kept wrongly/)
    expect(errors[0]!.path).toEqual([source.match(/\w+/)![0]])
    expect(logged).toHaveLength(1)
  },
)

const thrower = (error: Error) => ({
  number: () => {
    throw error
  },
})

test('what a resolver throws with a code stays, and so does what is wrong with the document', () => {
  const forbidden = new GraphQLError('Not allowed.', { extensions: { code: 'FORBIDDEN' } })
  expect(ask('{ number }', thrower(forbidden)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  const limit = new AppError('LIMIT_EXCEEDED', 'Too much.')
  expect(ask('{ number }', thrower(limit)).errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }])
  const { errors, logged } = ask('query ($some: Int = 1) { take(some: $some) }', {}, { some: null })
  expect(errors).toMatchObject([{ path: ['take'], extensions: { code: 'BAD_REQUEST' } }])
  expect(logged).toEqual([])
})
