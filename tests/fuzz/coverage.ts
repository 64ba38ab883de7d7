import {
  getNamedType,
  isInputObjectType,
  isObjectType,
  type GraphQLInputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql'

export type Coverage = ReturnType<typeof createCoverage>

const note = (into: Map<string, number>, name: string): void => void into.set(name, (into.get(name) ?? 0) + 1)

const part = (reached: ReadonlyMap<string, number>, all: readonly string[]) => ({
  reached: all.filter((name) => reached.has(name)).length,
  of: all.length,
  missed: all.filter((name) => !reached.has(name)),
})

/** Which fields, arguments and fields of inputs have been in an answer with data. */
export const createCoverage = (schema: GraphQLSchema) => {
  const fields = new Map<string, number>()
  const inputs = new Map<string, number>()

  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__'),
  )
  const allFields = types.flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()).map(({ name }) => `${type.name}.${name}`) : [],
  )
  const allArguments = types.flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).flatMap((field) =>
          field.args.map(({ name }) => `${type.name}.${field.name}.${name}`),
        )
      : [],
  )
  const allInputs = Object.values(schema.getTypeMap()).flatMap((type) =>
    isInputObjectType(type) ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [],
  )
  const noteInput = (type: GraphQLInputType, value: unknown): void => {
    const named = getNamedType(type)
    if (Array.isArray(value)) for (const each of value) noteInput(named, each)
    else if (isInputObjectType(named) && typeof value === 'object' && value !== null)
      for (const [name, each] of Object.entries(value)) {
        note(inputs, `${named.name}.${name}`)
        noteInput(named.getFields()[name]!.type, each)
      }
  }
  return {
    field: (
      { parentType, fieldName }: GraphQLResolveInfo,
      given: Readonly<Record<string, unknown>>,
    ): void => {
      note(fields, `${parentType.name}.${fieldName}`)
      for (const { name, type } of parentType.getFields()[fieldName]?.args ?? []) {
        if (given[name] === undefined) continue
        note(inputs, `${parentType.name}.${fieldName}.${name}`)
        noteInput(type, given[name])
      }
    },
    report: () => ({
      'root fields': part(
        fields,
        allFields.filter((name) => /^(Query|Mutation|Subscription)\./.test(name)),
      ),
      types: part(
        new Map([...fields.keys()].map((name) => [name.split('.', 1)[0]!, 1])),
        types.map(({ name }) => name),
      ),
      fields: part(fields, allFields),
      arguments: part(inputs, allArguments),
      'fields of inputs': part(inputs, allInputs),
    }),
  }
}
