import { expect, test } from 'vitest'
import { assertSearchable, isNullable, orderedBy } from './columns.ts'

test('a list is ordered by what an index can serve', () => {
  expect(orderedBy('Incident', 'severityRank', false)).toEqual({
    field: 'severityRank',
    kind: 'number',
    nullable: false,
    unique: false,
  })
  for (const column of ['severity', 'value'])
    expect(() => orderedBy('Incident', column, false)).toThrow(`no list can be ordered by Incident.${column}`)
})

test('a list is searched by a text that has one without its case beside it, which is missing where the text is', () => {
  assertSearchable('Stream', 'title')
  expect(() => assertSearchable('Stream', 'description')).toThrow('Stream has no column descriptionFolded')
  expect(isNullable('AuditLog', 'requestId')).toBe(isNullable('AuditLog', 'requestIdFolded'))
})
