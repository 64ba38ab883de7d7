import { MAX_GRAPHQL_BYTES } from '../../src/graphql/limits/variables.ts'

/**
 * Documents that are made to hurt, and the code that refuses each. Shared by the test and by
 * `bench/attacks.ts`.
 */
export type Attack = {
  readonly name: string
  readonly code: string
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly extensions?: Record<string, unknown>
  /** How many times the operation is in one request, as a list. */
  readonly batch?: number
  /** The text of the request, where it is no operation that could be made into one. */
  readonly text?: string
  /** The close code, where that and no error message is the answer over WebSocket. */
  readonly closeCode?: string
}

/** The body of a request, and the payload of a WebSocket's `subscribe`. */
export const bodyOf = ({ query, variables, extensions, batch, text }: Attack): string => {
  if (text !== undefined) return text
  const operation = { query, ...(variables && { variables }), ...(extensions && { extensions }) }
  return JSON.stringify(batch === undefined ? operation : Array.from({ length: batch }, () => operation))
}

const times = (count: number, make: (index: number) => string, separator = ' '): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(separator)
const nested = (open: string, inner: string, count: number): string =>
  open.repeat(count) + inner + ' }'.repeat(open.split('{').length - 1).repeat(count)
/**
 * Fragments on Query that spread the next one twice, and what the last one holds: it is spread 2 ** `levels`
 * times.
 */
const doubling = (levels: number, last: string): string =>
  `{ ...F0 } ${times(levels, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} ${last}`

export const attacks: readonly Attack[] = [
  {
    name: '101 aliases of __typename',
    code: 'TOO_MANY_ALIASES',
    query: `{ ${times(101, (i) => `a${i}: __typename`)} }`,
  },
  { name: '500 repeated fields', code: 'TOO_MANY_FIELDS', query: `{ ${times(500, () => '__typename')} }` },
  {
    name: '60 directives',
    code: 'TOO_MANY_DIRECTIVES',
    query: `{ __typename ${times(60, () => '@skip(if: false)')} }`,
  },
  {
    name: 'depth 50',
    code: 'QUERY_TOO_DEEP',
    query: nested('{ streams { nodes ', '{ id }', 25),
  },
  {
    name: 'a fragment cycle',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A viewer { scopes } }',
  },
  {
    name: 'fragments that double ten times',
    code: 'TOO_MANY_FIELDS',
    query: doubling(10, 'fragment F10 on Query { viewer { scopes } }'),
  },
  {
    name: 'fragments that double 60 times and hold nothing but a leaf',
    code: 'TOO_MANY_FIELDS',
    query: doubling(60, 'fragment F60 on Query { __typename }'),
  },
  {
    name: 'fragments that double 60 times and end in one that is not there',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: doubling(60, ''),
  },
  {
    name: 'fragments that double 60 times and end where they began',
    code: 'GRAPHQL_VALIDATION_FAILED',
    query: doubling(60, 'fragment F60 on Query { ...F0 ...F0 }'),
  },
  {
    name: 'n² overlapping fields',
    code: 'TOO_MANY_FIELDS',
    query: `{ viewer { ${times(200, (i) => `tenant { name(x: ${i}) }`)} } }`,
  },
  {
    name: 'the same field in 300 fragments of one place',
    code: 'TOO_MANY_FIELDS',
    query: `{ viewer { ${times(300, () => '... { scopes }')} } }`,
  },
  {
    name: 'the same field in fragments that each spread the next, 15 times in each',
    code: 'TOO_MANY_FIELDS',
    query: `{ ...F0 } ${times(20, (i) => `fragment F${i} on Query { ${times(15, () => '__typename')} ${i < 19 ? `...F${i + 1}` : ''} }`)}`,
  },
  {
    name: 'fields that merge in 400 places below one another',
    code: 'TOO_MANY_FIELDS',
    query: `{ ${times(20, () => `viewer { ${times(2, () => `tenant { ${times(20, () => 'name')} }`)} }`)} }`,
  },
  {
    name: '10,000 variables',
    code: 'QUERY_TOO_LARGE',
    query: `query Q(${times(10_000, (i) => `$v${i}: Int`, ', ')}) { __typename }`,
  },
  { name: '4,000 tokens', code: 'QUERY_TOO_LARGE', query: `{ ${times(3_998, (i) => `f${i}`)} }` },
  {
    name: 'a name of 40,000 characters, which 90 errors would quote',
    code: 'QUERY_TOO_LARGE',
    query: `query ${'Q'.repeat(40_000)}(${times(90, (i) => `$v${i}: Int`, ', ')}) { __typename }`,
  },
  {
    name: '40,000 lines, which each error would count',
    code: 'QUERY_TOO_LARGE',
    query: `{ viewer { ${'\n'.repeat(40_000)} ${times(100, (i) => `x${i}`)} } }`,
  },
  {
    name: '101 variables',
    code: 'TOO_MANY_VARIABLES',
    query: `query Q(${times(101, (i) => `$v${i}: Int`, ', ')}) { __typename }`,
  },
  {
    name: '10,000 values in the variables',
    code: 'LITERAL_TOO_LARGE',
    query: 'query Q($n: String!) { streamByInternalName(internalName: $n) { id } }',
    variables: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`v${index}`, index])),
  },
  ...[1 << 20, 200_000].flatMap((size): Attack[] => {
    const tooLarge = size > MAX_GRAPHQL_BYTES && { code: 'PAYLOAD_TOO_LARGE', closeCode: '1009' }
    return [
      {
        name: `a text of ${size} bytes in the document`,
        code: 'QUERY_TOO_LARGE',
        query: `{ streamByInternalName(internalName: "${'x'.repeat(size)}") { id } }`,
        ...tooLarge,
      },
      {
        name: `a text of ${size} bytes in the variables`,
        code: 'LITERAL_TOO_LARGE',
        query: 'query Q($n: String!) { streamByInternalName(internalName: $n) { id } }',
        variables: { n: 'x'.repeat(size) },
        ...tooLarge,
      },
    ]
  }),
  {
    name: '15,000 keys in the extensions',
    code: 'LITERAL_TOO_LARGE',
    query: '{ __typename }',
    extensions: Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`v${index}`, index])),
  },
  {
    name: '100,000 lists in one another, and nothing else',
    code: 'BAD_REQUEST',
    query: '',
    text: '['.repeat(100_000) + ']'.repeat(100_000),
    closeCode: '4400',
  },
  {
    name: '100,000 lists in one another in the variables',
    code: 'LITERAL_TOO_LARGE',
    query: '',
    text: `{"query":"query Q($n: String!) { streamByInternalName(internalName: $n) { id } }","variables":{"n":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
  },
  {
    name: '100,000 lists in one another in the extensions',
    code: 'LITERAL_TOO_LARGE',
    query: '',
    text: `{"query":"{ __typename }","extensions":{"n":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
  },
  {
    name: 'a deep list literal',
    code: 'LITERAL_TOO_LARGE',
    query: `{ nodes(ids: ${'['.repeat(200)}${']'.repeat(200)}) { id } }`,
  },
  {
    name: 'a list of 500 ids',
    code: 'LITERAL_TOO_LARGE',
    query: `{ nodes(ids: [${times(500, () => '"x"', ',')}]) { id } }`,
  },
  {
    name: 'a filter of 20 levels in the variables',
    code: 'LITERAL_TOO_LARGE',
    query: 'query Q($f: StreamFilter) { streams(filter: $f) { nodes { id } } }',
    variables: { f: JSON.parse(`${'{"not":'.repeat(20)}{}${'}'.repeat(20)}`) as unknown },
  },
  {
    name: '21 root fields',
    code: 'TOO_MANY_ROOT_FIELDS',
    query: `{ ${times(21, (i) => `a${i}: viewer { scopes }`)} }`,
  },
  {
    name: 'circular introspection',
    code: 'QUERY_TOO_DEEP',
    query: `{ __schema { types ${nested('{ fields { type ', '{ name }', 12)} } }`,
  },
  {
    name: 'introspection that multiplies itself',
    code: 'QUERY_TOO_COSTLY',
    query: `{ __schema { types { fields { type { ${times(48, (i) => `a${i}: fields { name description args { name } }`)} } } } } }`,
  },
  {
    name: 'a batch of 1,000 operations',
    code: 'BAD_REQUEST',
    query: '{ __typename }',
    batch: 1_000,
    closeCode: '4400',
  },
  {
    name: 'pages in pages: 100 incidents with 100 lines each',
    code: 'QUERY_TOO_COSTLY',
    query: '{ incidents(first: 100) { nodes { events(first: 100) { nodes { note } } } } }',
  },
  {
    name: 'a page size that is no number',
    code: 'BAD_REQUEST',
    query: 'query Q($n: Int) { incidents(first: $n) { nodes { events(first: $n) { nodes { note } } } } }',
    variables: { n: 'NaN' },
  },
]
