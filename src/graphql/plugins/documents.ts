import { GraphQLError, type DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { Viewer } from '../../auth/viewer.ts'
import type { Context, ServerContext } from '../context.ts'

type Parsed = DocumentNode | GraphQLError

/** What documents may hold of the heap: thousands as people write them, and two dozen of the largest. */
const BYTES = { known: 32 << 20, nobody: 4 << 20 }
/** Heap of a token, with its share of the tree; measured with the densest documents. */
const TOKEN_BYTES = 500

/** Bytes of the heap that a document holds, or at least nearly. */
const sizeOf = (parsed: Parsed, source: string): number => {
  let tokens = 1
  if (!(parsed instanceof GraphQLError))
    for (let token = parsed.loc?.startToken; token; token = token.next ?? undefined) tokens += 1
  return source.length * 2 + tokens * TOKEN_BYTES
}

/** Anybody may open an account: only who acts in a tenant is somebody. */
const isNobody = (viewer: Viewer): boolean => viewer.kind === 'anonymous' || viewer.tenant === undefined

const cacheOf = (maxSize: number) => new LRUCache<string, Parsed>({ maxSize, sizeCalculation: sizeOf })

const attempt = (parse: () => DocumentNode): Parsed => {
  try {
    return parse()
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/**
 * Parses and validates each document once, on all transports, in place of Yoga's cache, which counts documents
 * and not bytes. Those of nobody have a cache of their own, so that they put nobody else's out. Comes last:
 * what the other plugins say of parsing and validating is asked where it has nothing.
 */
export const useDocuments = (bytes = BYTES): Plugin<Context, ServerContext> => {
  const caches = { known: cacheOf(bytes.known), nobody: cacheOf(bytes.nobody) }
  const validated = new WeakMap<DocumentNode, readonly GraphQLError[]>()

  return {
    onParse: ({ context, parseFn, setParseFn }) =>
      setParseFn((source, options) => {
        const cache = caches[isNobody(context.viewer) ? 'nobody' : 'known']
        const text = typeof source === 'string' ? source : source.body
        const parsed = cache.get(text) ?? attempt(() => parseFn(source, options) as DocumentNode)
        cache.set(text, parsed)
        if (parsed instanceof GraphQLError) throw parsed
        return parsed
      }),
    onValidate: ({ validateFn, setValidationFn }) =>
      setValidationFn((schema, document, ...more) => {
        const errors = validated.get(document) ?? validateFn(schema, document, ...more)
        validated.set(document, errors as readonly GraphQLError[])
        return errors as readonly GraphQLError[]
      }),
  }
}
