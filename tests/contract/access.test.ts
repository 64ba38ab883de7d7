import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { actions, type Permission } from '../../src/auth/actions.ts'
import { actionOf, openReason } from '../../src/graphql/root-actions.ts'
import { schema } from '../../src/graphql/schema.ts'
import { rootFields } from '../walls/everything.ts'

const fields = rootFields(schema)
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** What an action opens beside root fields. */
const routes: Record<string, string> = { 'ingest:write': '`POST /ingest/<dataset>`' }

const actionTable = table(
  ['action', 'scope of a key', 'roles of people', 'opens'],
  Object.entries<Permission>(actions).map(([action, { scopes, roles }]) => {
    const opened = fields
      .filter(({ field }) => actionOf(field) === action)
      .map(({ field }) => `\`${field.name}\``)
    const people =
      roles === 'anybody' ? 'anybody signed in' : roles.map((role) => role.toLowerCase()).join(', ')
    return [
      `\`${action}\``,
      scopes.join(' or ') || 'none',
      people,
      [...opened, routes[action] ?? []].flat().join(', '),
    ]
  }),
)
const openTable = table(
  ['field', 'why'],
  fields.flatMap(({ field }) => (openReason(field) ? [[`\`${field.name}\``, openReason(field)!]] : [])),
)

const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8')

test('docs/access.md has the table of actions, with the scopes and the root fields that the program has', () => {
  expect(page).toContain(actionTable)
  expect(page).toContain(openTable)
})

test('every GraphQL operation of docs/access.md fits the schema', () => {
  const operations = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(operations).toHaveLength(3)
  for (const text of operations) expect(validate(schema, parse(text)), text).toEqual([])
})
