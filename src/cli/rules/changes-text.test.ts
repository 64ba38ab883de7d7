import { expect, test } from 'vitest'
import { changesText, type RuleChange } from './changes-text.ts'

const changes: RuleChange[] = [
  { name: 'Same', change: 'UNCHANGED', differences: [] },
  {
    name: 'Load',
    change: 'UPDATED',
    differences: [
      { field: 'threshold', before: 60, after: 75 },
      { field: 'recoveryThreshold', before: null, after: 50 },
      { field: 'labels', before: {}, after: { team: 'edge' } },
    ],
  },
  { name: 'Errors', change: 'CREATED', differences: [] },
  { name: 'Old', change: 'DELETED', differences: [] },
]

test('a diff tells what is created, updated with its fields, and deleted, and counts the rest', () => {
  expect(changesText(changes, true)).toBe(`+ Errors
~ Load
    threshold          60 -> 75
    recoveryThreshold  none -> 50
    labels             {} -> {"team":"edge"}
- Old
= 1 unchanged

1 created, 1 updated, 1 deleted, 1 unchanged, if it were applied. Nothing was changed.`)
  expect(changesText(changes, false)).toMatch(/\n1 created, 1 updated, 1 deleted, 1 unchanged\.$/)
})

test('what is as in the file is told as such', () => {
  expect(changesText(changes.slice(0, 1), false)).toBe(
    '= 1 unchanged\n\nNothing to do: the rules are as in the file.',
  )
  expect(changesText([], true)).toBe('Nothing to do: the rules are as in the file.')
})

test('names of others move no cursor', () => {
  expect(changesText([{ name: 'a\u001b[2Jb', change: 'CREATED', differences: [] }], false)).not.toContain(
    '\u001b',
  )
})
