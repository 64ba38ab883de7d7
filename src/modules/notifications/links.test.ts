import { expect, test } from 'vitest'
import { examples } from '../../server/graphiql-examples.ts'
import { linksTo } from './links.ts'

test('a link names the incident behind the address, and there is the example that the page opens for it', () => {
  const linkTo = linksTo(() => 'https://h.example/')
  expect(linkTo({ number: 7 })).toBe('https://h.example/graphql#incident=7')
  expect(linkTo({ number: 0 })).toBe('https://h.example/graphql')
  const opened = examples.filter((text) => text.includes('query IncidentByNumber '))
  expect(opened).toHaveLength(1)
  expect(opened[0]).toMatch(/incident\(number: \d+\)/)
})
