import type { Random } from './random.ts'
import { wrongValues } from './odd.ts'

/** Something in place of a request: a body that is no JSON, or JSON that is no operation. */
export const envelopeOf = (random: Random, request: { readonly query: string }): string => {
  const { pick, below } = random
  const text = JSON.stringify(request)
  const changed = (more: object): string => JSON.stringify({ ...request, ...more })
  return pick([
    () => text.slice(0, below(text.length)),
    () => '',
    () => `[${text}]`,
    () => `[${text},${text}]`,
    () => `\ufeff${text}`,
    () => JSON.stringify(pick(wrongValues)),
    () => JSON.stringify(request.query),
    () => '{}',
    () => JSON.stringify({ variables: {} }),
    () => changed({ query: pick(wrongValues) }),
    () => changed({ variables: pick(wrongValues) }),
    () => changed({ operationName: pick(wrongValues) }),
    () => changed({ extensions: pick(wrongValues) }),
    () => changed({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
    () => changed({ extensions: { operationId: pick(wrongValues) } }),
    () => changed({ nothing: pick(wrongValues) }),
    () => text.replace('"query"', '"Query"'),
    () => text.replace('{', '{"__proto__":{"query":"{ viewer { scopes } }"},'),
    () => text.replace('{', '{"query":"{ viewer { scopes } }",'),
  ])()
}
