import { z } from 'zod'
import { AppError } from '../../platform/errors.ts'
import { isHashOnly, persistedQueryNotSupported } from '../errors.ts'
import { checkExtensions } from '../limits/variables.ts'

const shape = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish(),
})

export type SseParams = {
  query: string
  operationName?: string
  variables?: Record<string, unknown>
  extensions?: Record<string, unknown>
}

const parsed = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new AppError('BAD_REQUEST', `${what} is not JSON.`) // the parser's own message quotes what was sent
  }
}

const inputOf = async (request: Request): Promise<unknown> => {
  if (request.method === 'POST') {
    if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send a POST with the content type application/json.')
    return parsed(await request.text(), 'The body')
  }
  const { searchParams } = new URL(request.url, 'http://localhost')
  // An empty parameter is one that was not given: a URL has no other way to say null.
  const given = (name: string): string | undefined => searchParams.get(name) || undefined
  const json = (name: string): unknown => {
    const text = given(name)
    return text === undefined ? undefined : parsed(text, `The parameter ${name}`)
  }
  return {
    query: given('query'),
    operationName: given('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  }
}

/**
 * The operation that a request asks for. Throws BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE and LITERAL_TOO_LARGE.
 */
export const paramsOf = async (request: Request): Promise<SseParams> => {
  const input = await inputOf(request)
  if (isHashOnly(input)) throw persistedQueryNotSupported()
  const result = shape.safeParse(input)
  if (!result.success)
    throw new AppError(
      'BAD_REQUEST',
      'An operation is an object with a text `query`, and may have `operationName`, `variables` and `extensions`.',
    )
  const { query, operationName, variables, extensions } = result.data
  checkExtensions(extensions)
  return {
    query,
    ...(operationName != null && { operationName }),
    ...(variables != null && { variables }),
    ...(extensions != null && { extensions }),
  }
}
