import {
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type GraphQLType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../keyset.ts'
import { MAX_COST, type Check, type FieldCost, type ListContext } from './cost.ts'
import { createSchemaCount, metaField, SCHEMA_VALUES } from './schema-cost.ts'

/**
 * A field of an operation that costs something, with those below it. Fragments are spread, skipped fields
 * left out.
 */
export type Planned = {
  /** Its name in the answer. */
  readonly key: string
  readonly composite: boolean
  readonly list: boolean
  /** The most objects that it may have, each time that it is selected. */
  readonly items: number
  readonly base: number | undefined
  readonly small: boolean
  /**
   * The most names (aliases) under which one value of an object is selected: the answer holds it that many
   * times.
   */
  readonly names: number
  /** The names of its long texts in the answer, with the most characters of each. */
  readonly texts: ReadonlyMap<string, number>
  readonly children: readonly Planned[]
}

type Variables = Record<string, unknown>
type Field = GraphQLField<unknown, unknown>
type Selected = Pick<Planned, 'names' | 'texts' | 'children'>
const nothing: Selected = { names: 1, texts: new Map(), children: [] }

const fieldsOf = (type: GraphQLType): Record<string, Field> | undefined => {
  const named = getNamedType(type)
  return isObjectType(named) || isInterfaceType(named)
    ? (named.getFields() as Record<string, Field>)
    : undefined
}

/** The result of `work`; undefined when it throws what execution will refuse the same arguments with. */
const unlessRefused = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof AppError) return undefined
    throw error
  }
}

/** The number of items of a connection's page. */
const page: FieldCost['items'] = {
  most: MAX_PAGE,
  of: ({ parent }) => Number(parent.first ?? parent.last ?? DEFAULT_PAGE),
}

const itemsOf = (items: NonNullable<FieldCost['items']>, list: ListContext): number =>
  typeof items === 'number' ? items : Math.min(items.of(list), items.most)

/**
 * The fields of an operation that cost something. `variables` are those that execution sees: coerced, with
 * their defaults. Each fragment is walked once for each selection set that spreads it, so the walk is bounded
 * by the number of fields that a document may have, and not by the number of paths to them. What
 * execution will refuse for its arguments costs nothing.
 */
export const planOf = (options: {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly variables: Variables
  readonly clock: Clock
}): readonly Planned[] => {
  const { schema, document, operation, variables, clock } = options
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  const isLeftOut = (selection: SelectionNode): boolean =>
    getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if === false
  const most = MAX_COST * SCHEMA_VALUES
  const schemaValuesOf = createSchemaCount({ schema, fragments, variables, isLeftOut, most })

  /** What has no definition in its type: `__typename`, which costs nothing, and the fields of the schema itself. */
  const ofSchema = (node: FieldNode, key: string, on: GraphQLType): readonly Planned[] => {
    const field = metaField(schema, on, node.name.value)
    const values = field && unlessRefused(() => schemaValuesOf(field, node))
    if (values === undefined) return []
    const base = Math.ceil(values / SCHEMA_VALUES)
    return [{ key, composite: false, list: false, items: 1, base, small: false, ...nothing }]
  }

  /** The selections of one field; its arguments decide how long some lists in it are. */
  const selected = (
    of: SelectionSetNode,
    type: GraphQLType,
    parent: ListContext['args'],
    paged: boolean,
  ): Selected => {
    const known = new Map<string, readonly Planned[]>()
    /**
     * The names of each leaf field in the answer, by type and field. A name that is selected twice is one
     * value.
     */
    const leaves = new Map<string, Set<string>>()

    const texts = new Map<string, number>()

    const ofFragment = (name: string): readonly Planned[] => {
      const counted = known.get(name)
      if (counted) return counted
      const fragment = fragments.get(name)
      const on = fragment && schema.getType(fragment.typeCondition.name.value)
      const planned = fragment && on ? ofSet(fragment.selectionSet, on) : []
      known.set(name, planned)
      return planned
    }

    const ofField = (node: FieldNode, on: GraphQLType): readonly Planned[] => {
      const name = node.name.value
      const key = (node.alias ?? node.name).value
      const field = fieldsOf(on)?.[name]
      if (!field) return ofSchema(node, key, on)
      const { base, items, small = false, passesOn, characters } = (field.extensions.cost ?? {}) as FieldCost
      const composite = isCompositeType(getNamedType(field.type))
      if (characters !== undefined) texts.set(key, Math.max(characters, texts.get(key) ?? 0))
      if (!composite && base === undefined) {
        const place = `${String(on)}.${name}`
        leaves.set(place, (leaves.get(place) ?? new Set()).add(key))
        return []
      }
      const list = isListType(getNullableType(field.type))
      const args = unlessRefused(() => {
        const given = getArgumentValues(field, node, variables)
        ;(field.extensions.check as Check | undefined)?.(given, clock)
        return given
      })
      if (!args) return [] // execution refuses it, before it asks anything
      const isPage = paged && (name === 'edges' || name === 'nodes')
      const length = list ? itemsOf(items ?? (isPage ? page : MAX_PAGE), { args, parent, clock }) : 1
      const hasPages = field.args.some((argument) => argument.name === 'first')
      const below = node.selectionSet
        ? // A field without arguments passes on those of its parent: the points of a series may lie deeper.
          selected(
            node.selectionSet,
            getNamedType(field.type),
            field.args.length === 0 ? parent : passesOn ? { ...parent, ...args } : args,
            hasPages,
          )
        : nothing
      return [{ key, composite, list, items: length, base, small, ...below }]
    }

    const ofSet = ({ selections }: SelectionSetNode, on: GraphQLType): readonly Planned[] =>
      selections.flatMap((selection) => {
        if (isLeftOut(selection)) return []
        if (selection.kind === Kind.FIELD) return ofField(selection, on)
        if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value)
        const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value)
        return ofSet(selection.selectionSet, condition ?? on)
      })

    const children = ofSet(of, type)
    return { children, texts, names: Math.max(1, ...[...leaves.values()].map(({ size }) => size)) }
  }

  const root = schema.getRootType(operation.operation)
  return root ? selected(operation.selectionSet, root, {}, false).children : []
}
