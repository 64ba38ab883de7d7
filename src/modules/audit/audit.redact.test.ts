import { expect, test } from 'vitest'
import { changed } from './audit.append.ts'
import { auditValue } from './audit.redact.ts'

const labels = (code: string) => ({ name: 'A', labels: { code, team: 'a' } })

test('what people name like a secret is told as it was and as it is', () => {
  const fields = changed(labels('500'), labels('503'))
  expect(fields).toEqual({
    before: { labels: { code: '500', team: 'a' } },
    after: { labels: { code: '503', team: 'a' } },
  })
  expect(auditValue(fields.after)).toEqual(fields.after)
})

const text = (end: string) => ({ description: 'x'.repeat(2_000) + end })

test('a change past where a long text is cut is told, and which text it was', () => {
  const { before, after } = changed(text('allow'), text('block'))
  const [was, is] = [before, after].map((each) => (auditValue(each) as { description: string }).description)
  expect(was).toMatch(/^x{2000}… \(2005 characters, SHA-256 [\da-f]{64}\)$/)
  expect(is).not.toBe(was)
})

test('that a secret changed is told, and neither of the two', () => {
  const { before, after } = changed({ secret: 'one' }, { secret: 'two' })
  expect([auditValue(before), auditValue(after)]).toEqual([{ secret: '[secret]' }, { secret: '[secret]' }])
  expect(auditValue({ nested: [{ password: 'p' }], code: '1' })).toEqual({
    nested: [{ password: '[secret]' }],
    code: '[secret]',
  })
})

test('what did not change is not told', () => {
  const at = new Date(0)
  expect(changed({ at, n: 1n, list: [1] }, { at: new Date(0), n: 1n, list: [1] })).toEqual({
    before: {},
    after: {},
  })
})
