import { expect, test } from 'vitest'
import { identityOf, type Profile } from './identity.ts'

const of = (more: Partial<Profile>) =>
  identityOf('https://login.example.test', {
    subject: '1',
    email: 'ada@example.test',
    emailVerified: true,
    name: 'Ada',
    picture: 'https://pictures.example.test/1.png',
    ...more,
  })

test('names are cut to 200 characters, and controls in them are blanks', () => {
  expect(of({ name: ` ${'é'.repeat(300)}` })?.name).toBe('é'.repeat(200))
  expect(of({ name: 'A\u0000B\nC' })?.name).toBe('A B C')
  expect(of({ name: `${'a'.repeat(199)}😀` })?.name).toBe(`${'a'.repeat(199)}\uFFFD`)
  expect(of({ name: undefined })?.name).toBe('')
})

test.each([
  'javascript:alert(1)',
  'http://pictures.example.test/1.png',
  `https://a.test/${'a'.repeat(2_048)}`,
  3,
])('the picture %s is left out', (picture) => {
  expect(of({ picture })).toMatchObject({ subject: '1', picture: undefined })
})

test('a picture is kept in the form that Postgres can keep', () => {
  expect(of({ picture: 'https://a.test/\u0000.png' })?.picture).toBe('https://a.test/%00.png')
})

test.each([false, 'true', 1, null, undefined])(
  'an e-mail that is verified in the way of %j is none',
  (emailVerified) => {
    expect(of({ emailVerified })).toMatchObject({ subject: '1', email: undefined })
  },
)

test.each([undefined, 1, '', 'a'.repeat(256), 'a\u0000', 'é'])('%j is no subject', (subject) => {
  expect(of({ subject })).toBeUndefined()
})
