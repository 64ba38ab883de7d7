import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ALLOWED_HEADERS } from '../../src/server/origins.ts'

/** Set by the browser, by a proxy or by no page of another site; `accept` a page sets without asking. */
const notOfPages = new Set([
  'accept',
  'accept-encoding',
  'content-length',
  'host',
  'if-none-match',
  'origin',
  'sec-fetch-site',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-forwarded-for',
])

/** The names in `headers['a']`, `headers.get('a')`, `header('a')`, `headers.a` and `const { a, 'b': c } = headers`. */
const namesIn = (source: string): string[] => [
  ...[...source.matchAll(/headers?(?:\.get\(|\[|\()'([a-z-]+)'/g)].map(([, name]) => name!),
  ...[...source.matchAll(/(?:request|\(|\{)\.?headers\.([a-z]+)\b(?!\()/g)].map(([, name]) => name!),
  ...[...source.matchAll(/const \{([^}]*)\} = (?:request\.)?headers/g)].flatMap(([, list]) =>
    list!.split(',').map((each) => /^'?([a-z-]+)/.exec(each.trim())![1]!),
  ),
]

test('a page of a listed site may send every header that the server reads', () => {
  const files = globSync(['src/server/**/*.ts', 'src/auth/authenticate.ts', 'src/graphql/**/*.ts'], {})
  const readers = [...files, 'src/ingest/route.ts', 'src/platform/http/body.ts'].filter(
    (file) => !file.includes('.test.') && !file.endsWith('websocket/connect.ts'),
  )
  const read = new Set(readers.flatMap((file) => namesIn(readFileSync(file, 'utf8'))))
  expect(read).toContain('last-event-id') // so it finds them
  expect(read).toContain('content-length')
  const asked = [...read].filter((name) => !notOfPages.has(name)).toSorted()
  expect(asked).toEqual([...ALLOWED_HEADERS].toSorted())
})
