import { GraphQLError, type DocumentNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { Viewer } from '../../auth/viewer.ts'
import type { Context, ServerContext } from '../context.ts'
import { errorLimits, shortened } from '../limits/told-errors.ts'

type Parsed = DocumentNode | GraphQLError

/** What documents may hold of the heap: thousands as people write them, and two dozen of the largest. */
const BYTES = { known: 32 << 20, nobody: 4 << 20 }
/** Heap of a token, with its share of the tree; measured with the densest documents. */
const TOKEN_BYTES = 500
/** Heap of an error, with its message, its places and its stack. */
const ERROR_BYTES = 4_000

/** Bytes of the heap that a document holds with the errors of its validation, or at least nearly. */
const sizeOf = (parsed: Parsed, source: string, errors: number): number => {
  let tokens = 1
  if (!(parsed instanceof GraphQLError))
    for (let token = parsed.loc?.startToken; token; token = token.next ?? undefined) tokens += 1
  return source.length * 2 + tokens * TOKEN_BYTES + errors * ERROR_BYTES
}

/** Anybody may open an account: only who acts in a tenant is somebody. */
const isNobody = (viewer: Viewer): boolean => viewer.kind === 'anonymous' || viewer.tenant === undefined

const attempt = (parse: () => DocumentNode): Parsed => {
  try {
    return parse()
  } catch (error) {
    if (error instanceof GraphQLError) return shortened(error)
    throw error
  }
}

/**
 * Parses and validates each document once, on all transports, in place of Yoga's cache, which counts documents
 * and not bytes. Those of nobody have a cache of their own, so that they put nobody else's out. Comes last:
 * what the other plugins say of parsing and validating is asked where it has nothing.
 */
export const createDocuments = (bytes = BYTES) => {
  const validated = new WeakMap<DocumentNode, readonly GraphQLError[]>()
  const errorsOf = (parsed: Parsed): number =>
    parsed instanceof GraphQLError ? 1 : (validated.get(parsed)?.length ?? 0)
  const cacheOf = (maxSize: number) =>
    new LRUCache<string, Parsed>({
      maxSize,
      sizeCalculation: (parsed, source) => sizeOf(parsed, source, errorsOf(parsed)),
    })
  const caches = { known: cacheOf(bytes.known), nobody: cacheOf(bytes.nobody) }
  const cacheFor = (viewer: Viewer) => caches[isNobody(viewer) ? 'nobody' : 'known']

  const plugin: Plugin<Context, ServerContext> = {
    onParse: ({ context, parseFn, setParseFn }) =>
      setParseFn((source, options) => {
        const cache = cacheFor(context.viewer)
        const text = typeof source === 'string' ? source : source.body
        const known = cache.get(text)
        const parsed = known ?? attempt(() => parseFn(source, options) as DocumentNode)
        if (!known) cache.set(text, parsed)
        if (parsed instanceof GraphQLError) throw parsed
        return parsed
      }),
    onValidate: ({ context, validateFn, setValidationFn }) =>
      setValidationFn((schema, document, ...more) => {
        const before = validated.get(document)
        if (before) return before
        const found = validateFn(schema, document, ...more) as readonly GraphQLError[]
        const errors = found.slice(0, errorLimits.errors + 1).map(shortened) // the last says that it stopped
        validated.set(document, errors)
        const text = document.loc?.source.body
        const cache = cacheFor(context.viewer)
        if (errors.length > 0 && text !== undefined && cache.peek(text) === document) {
          cache.delete(text) // the size of a value that is set again is not taken again
          cache.set(text, document)
        }
        return errors
      }),
  }
  return {
    plugin,
    /** The document of a text that came before and is valid; undefined where it must be parsed or validated first. */
    valid: (viewer: Viewer, text: string): DocumentNode | undefined => {
      const parsed = cacheFor(viewer).get(text)
      return parsed && !(parsed instanceof GraphQLError) && validated.get(parsed)?.length === 0
        ? parsed
        : undefined
    },
  }
}
export type Documents = ReturnType<typeof createDocuments>
