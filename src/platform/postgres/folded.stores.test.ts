import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabases } from '../../../tests/testkit/databases.ts'
import { createLogger } from '../logger.ts'
import { withoutCase } from '../texts.ts'

let owner: Client
beforeAll(async () => {
  const { ownerUrl } = await freshDatabases(createLogger({ level: 'silent', format: 'json' }))
  owner = new Client({ connectionString: ownerUrl })
  await owner.connect()
})
afterAll(() => owner.end())

const foldedBy = async (texts: readonly string[]): Promise<string[]> => {
  const { rows } = await owner.query<{ folded: string }>(
    'SELECT without_case(text) AS folded FROM unnest($1::text[]) WITH ORDINALITY AS of (text, place) ORDER BY place',
    [texts],
  )
  return rows.map(({ folded }) => folded)
}

test('Postgres takes the case from each letter as this program does', async () => {
  // Planes 0 and 1: there are no letters with a case beyond.
  const all = Array.from({ length: 0x20000 }, (_, code) => code)
    .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
    .map((code) => String.fromCodePoint(code))
  const folded = await foldedBy(all)
  expect(all.filter((letter, n) => folded[n] !== withoutCase(letter))).toEqual([])
  expect(all.filter((letter, n) => folded[n] !== letter).length).toBeGreaterThan(1_500)
})

test('and from letters that stand together, in their order', async () => {
  const texts = [
    '',
    'ASCII alone 50%_\\',
    'ΟΔΥΣΣΕΎΣ Οδυσσεύς',
    'Straße STRASSE ẞ',
    'İIıi',
    'e\u0301É',
    '👩\u200D👩 ﬁ \u212a',
  ]
  expect(await foldedBy(texts)).toEqual(texts.map(withoutCase))
  // Longer than what any list is searched by, and by no language's rules.
  const long = 'Ünïcödé ΣΑΣ '.repeat(2_000)
  expect(await foldedBy([long])).toEqual([withoutCase(long)])
})

test('what is folded stands beside its text whoever writes it, and can be written by nobody', async () => {
  const { rows } = await owner.query<{ made: string; kept: string }>(
    `SELECT format('%I.%I', c.relname, a.attname) AS made, pg_get_expr(d.adbin, d.adrelid) AS kept
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = 's'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname LIKE '%\\_folded' ORDER BY 1`,
  )
  expect(rows.length).toBeGreaterThanOrEqual(23)
  for (const { made, kept } of rows) {
    const column = /\.(\w+)_folded$/.exec(made)![1]!
    const by = column === 'labels' ? 'labels_without_case' : 'without_case'
    expect([made, kept]).toEqual([made, `${by}(${column})`])
  }
  const written = owner.query(`UPDATE streams SET title_folded = 'x'`)
  await expect(written).rejects.toMatchObject({ code: '428C9' }) // generated_always
})
