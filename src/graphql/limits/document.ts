import {
  Kind,
  TokenKind,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { AppError, type ErrorCode } from '../../platform/errors.ts'

/**
 * The limits of a document, each with its reason. They are checked on the syntax tree before validation,
 * because some rules of validation take time that grows with the square of the number of fields.
 */
export const documentLimits = {
  /**
   * Longer documents contain data, and data belong in variables. The largest query of our own pages has
   * 2,000.
   */
  characters: 50_000,
  /** Each error counts those before it, several times. A token on each line, and comments. */
  lines: 5_000,
  /** Errors quote them. Those of the schema have up to 40. */
  nameCharacters: 200,
  /** The introspection query of GraphiQL has about 200. */
  tokens: 3_000,
  /** Introspection needs 15, with its nine levels of `ofType`. */
  depth: 16,
  /** A dashboard of 20 panels with two series each. `__typename` counts too. */
  aliases: 50,
  /** Fields after all fragments are spread; fragments that spread fragments multiply. */
  fields: 1_000,
  /** The same name in one selection set: merging compares every pair. */
  repeatedFields: 20,
  /** The same with the fragments in it: `node` may have one for each of its types, and each an `id`. */
  mergedFields: 100,
  rootFields: 20,
  directives: 30,
  variables: 100,
  /** Items in one list literal. */
  listItems: 200,
  /** Nesting of lists and objects in a literal; a filter has 4 levels. */
  literalDepth: 10,
} as const

type Limit = keyof typeof documentLimits
/** Counts of a selection set with all fragments spread. `rootFields` counts its own level only. */
type Counts = Record<'depth' | 'aliases' | 'fields' | 'directives' | 'rootFields', number>
const none: Counts = { depth: 0, aliases: 0, fields: 0, directives: 0, rootFields: 0 }
/** How often each name of a place is in it, fragments included. */
type Names = Map<string, number>
type Place = { readonly counts: Counts; readonly names: Names }

const codes = {
  characters: 'QUERY_TOO_LARGE',
  lines: 'QUERY_TOO_LARGE',
  nameCharacters: 'QUERY_TOO_LARGE',
  tokens: 'QUERY_TOO_LARGE',
  depth: 'QUERY_TOO_DEEP',
  aliases: 'TOO_MANY_ALIASES',
  fields: 'TOO_MANY_FIELDS',
  repeatedFields: 'TOO_MANY_FIELDS',
  mergedFields: 'TOO_MANY_FIELDS',
  rootFields: 'TOO_MANY_ROOT_FIELDS',
  directives: 'TOO_MANY_DIRECTIVES',
  variables: 'TOO_MANY_VARIABLES',
  listItems: 'LITERAL_TOO_LARGE',
  literalDepth: 'LITERAL_TOO_LARGE',
} as const satisfies Record<Limit, ErrorCode>

const words: Record<Limit, string> = {
  characters: 'characters in a document',
  lines: 'lines in a document',
  nameCharacters: 'characters in a name',
  tokens: 'tokens in a document',
  depth: 'levels of fields',
  aliases: 'aliases',
  fields: 'fields',
  repeatedFields: 'times the same field in one place',
  mergedFields: 'times the same field in one place with its fragments',
  rootFields: 'root fields',
  directives: 'directives',
  variables: 'variables',
  listItems: 'items in a list',
  literalDepth: 'levels in a literal',
}

/** The refusal of something that exceeds a limit. */
export const exceeded = (limit: Limit): AppError =>
  new AppError(
    codes[limit],
    `At most ${documentLimits[limit]} ${words[limit]} are allowed. Ask in smaller parts.`,
  )

const hold = (limit: Limit, value: number): void => {
  if (value > documentLimits[limit]) throw exceeded(limit)
}

const checkValue = (value: ValueNode, depth = 1): void => {
  if (value.kind === Kind.LIST) {
    hold('literalDepth', depth)
    hold('listItems', value.values.length)
    for (const item of value.values) checkValue(item, depth + 1)
  } else if (value.kind === Kind.OBJECT) {
    hold('literalDepth', depth)
    for (const field of value.fields) checkValue(field.value, depth + 1)
  }
}

type Directed = {
  readonly directives?:
    | readonly { readonly arguments?: readonly { readonly value: ValueNode }[] }[]
    | undefined
}
const checkDirectives = ({ directives = [] }: Directed): number => {
  for (const directive of directives) for (const { value } of directive.arguments ?? []) checkValue(value)
  return directives.length
}

const add = (to: Counts, part: Counts, levels: number): void => {
  to.depth = Math.max(to.depth, part.depth + levels)
  to.aliases += part.aliases
  to.fields += part.fields
  to.directives += part.directives
  if (levels === 0) to.rootFields += part.rootFields
  for (const limit of ['depth', 'aliases', 'fields', 'directives'] as const) hold(limit, to[limit])
}

const addNames = (to: Names, part: Names): void => {
  for (const [name, times] of part) {
    const all = (to.get(name) ?? 0) + times
    hold('mergedFields', all)
    to.set(name, all)
  }
}

/**
 * Throws the refusal for the first limit that a parsed document exceeds. It walks each fragment once, because
 * it runs before validation: in a chain of fragments that each spread the next one twice, the work would
 * double with every level before there is any field to count.
 */
export const checkDocument = (document: DocumentNode): void => {
  hold('lines', document.loc?.endToken.line ?? 1)
  for (let token = document.loc?.startToken; token; token = token.next ?? undefined)
    if (token.kind === TokenKind.NAME) hold('nameCharacters', token.end - token.start)
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const known = new Map<string, Place>()

  const ofFragment = (name: string): Place => {
    const counted = known.get(name)
    if (counted) return counted
    // A cycle ends here; validation says that it is one.
    known.set(name, { counts: none, names: new Map() })
    const fragment = fragments.get(name)
    const place = fragment ? ofSelections(fragment.selectionSet) : { counts: { ...none }, names: new Map() }
    if (fragment) place.counts.directives += checkDirectives(fragment)
    known.set(name, place)
    return place
  }

  const ofSelections = ({ selections }: SelectionSetNode): Place => {
    const counts = { ...none }
    const seen: Names = new Map()
    const names: Names = new Map()
    for (const selection of selections) {
      const own: Counts = { ...none, directives: checkDirectives(selection) }
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value
        const times = (seen.get(name) ?? 0) + 1
        seen.set(name, times)
        hold('repeatedFields', times)
        for (const { value } of selection.arguments ?? []) checkValue(value)
        own.fields = 1
        own.depth = 1
        own.rootFields = 1
        if (selection.alias) own.aliases = 1
        if (selection.selectionSet) add(own, ofSelections(selection.selectionSet).counts, 1)
      } else {
        const place =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(selection.name.value)
            : ofSelections(selection.selectionSet)
        add(own, place.counts, 0)
        addNames(names, place.names)
      }
      add(counts, own, 0)
    }
    addNames(names, seen)
    return { counts, names }
  }

  const check = (definition: DefinitionNode): void => {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) ofFragment(definition.name.value)
    if (definition.kind !== Kind.OPERATION_DEFINITION) return
    hold('variables', definition.variableDefinitions?.length ?? 0)
    for (const { defaultValue } of definition.variableDefinitions ?? [])
      if (defaultValue) checkValue(defaultValue)
    const { counts } = ofSelections(definition.selectionSet)
    hold('directives', counts.directives + checkDirectives(definition))
    hold('rootFields', counts.rootFields)
  }
  // Each operation on its own: only one of them runs, and the document as a whole is bounded by its tokens.
  for (const definition of document.definitions) check(definition)
}
