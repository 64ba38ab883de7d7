import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'

let program: TestApp
beforeAll(async () => {
  program = await sharedApp()
})
afterAll(() => program.stop())

test('a resolver finds reads, queries, services and live states of each noun, and no store and no client', () => {
  const nouns = Object.entries<object>(program.app.modules)
  expect(nouns.length).toBeGreaterThan(10)
  for (const [noun, offered] of nouns)
    for (const name of Object.keys(offered))
      expect([noun, name]).toEqual([noun, expect.stringMatching(/^(reads|\w+Reads|queries|service|live)$/)])
  // What reads rows reads them: it has no way to change one.
  const reads = nouns
    .flatMap(([, offered]) => Object.entries<object>(offered as never))
    .filter(([name]) => /reads$/i.test(name))
  for (const [, each] of reads)
    expect(['page', 'count', 'counts', 'firstIds', 'find']).toEqual(expect.arrayContaining(Object.keys(each)))
})
