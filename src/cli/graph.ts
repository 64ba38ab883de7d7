import { AppError, errorCodes, type ErrorCode } from '../platform/errors.ts'

const TIMEOUT_MS = 60_000

type GraphAnswer = {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

const isKnown = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(errorCodes, code)

const parsed = (text: string): GraphAnswer | undefined => {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? answer : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined // a proxy's page
  }
}

export type Graph = <T>(query: string, variables: object) => Promise<T>

/**
 * Asks a running program, for a command. Throws AppError with the code that the program answers, and STORE_UNAVAILABLE
 * when nobody answers.
 */
export const createGraph =
  ({ url, apiKey }: { readonly url: string; readonly apiKey: string }): Graph =>
  async <T>(query: string, variables: object) => {
    const address = new URL('graphql', `${url}/`)
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    }
    const asked = fetch(address, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const response = await asked.catch((cause: Error) => {
      const reason = (cause.cause as NodeJS.ErrnoException | undefined)?.code ?? cause.name
      throw new AppError('STORE_UNAVAILABLE', `${address.origin} does not answer (${reason})`, { cause })
    })
    const answer = parsed(await response.text())
    const [error] = answer?.errors ?? []
    if (error) {
      const code = error.extensions?.code
      throw new AppError(isKnown(code) ? code : 'INTERNAL', error.message)
    }
    if (answer?.data === undefined)
      throw new AppError(
        'INTERNAL',
        `${address.origin} answered HTTP ${response.status} and no GraphQL. Is it Heliograph?`,
      )
    return answer.data as T
  }
