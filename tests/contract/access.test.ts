import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { actions, type Permission } from '../../src/auth/actions.ts'
import { eventFields } from '../../src/graphql/live.ts'
import { schema } from '../../src/graphql/schema.ts'
import { firehose } from '../../src/modules/modules.ts'

// That its tables are those of the program is tested with all generated pages (generated-docs.test.ts).
const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8')

test('every GraphQL operation of docs/access.md fits the schema', () => {
  const operations = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(operations).toHaveLength(3)
  for (const text of operations) expect(validate(schema, parse(text)), text).toEqual([])
})

test('who may follow all events of a tenant may follow each of them by itself', () => {
  const all: Permission = actions['activity:read']
  expect(eventFields.length).toBeGreaterThan(5)
  for (const { topic, action } of eventFields) {
    expect([action, firehose.carries(topic)]).toEqual([action, true])
    expect(actions[action]).toMatchObject({ scopes: all.scopes, roles: all.roles })
  }
})

test('docs/access.md names every action that a key of one project has', () => {
  const [, told = ''] = /\*\*A key of one project\*\*(.*?)\n- /s.exec(page) ?? []
  const named = [...told.matchAll(/`(\w+:\w+)`/g)].map(([, action = '']) => action)
  const inProject = Object.entries<Permission>(actions).flatMap(([name, action]) =>
    action.inProject ? name : [],
  )
  expect(new Set(named)).toEqual(new Set(inProject))
})
