import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { fuzz, fuzzedSettings } from './fuzz.ts'
import { createKeptLog } from './program-log.ts'

const SEED = 8
const kept = createKeptLog()
let program: TestApp
beforeAll(async () => {
  program = await startApp({ settings: fuzzedSettings, log: kept.log })
})
afterAll(() => program.stop())

test('whatever is asked, the answer is of the schema, of the list of codes, and of nobody else', async () => {
  const { finds, coverage } = await fuzz(program, { seed: SEED, operations: 200 })
  // A find is told with all that it takes to see it again.
  const told = finds.map((find) => ({ ...find, log: kept.about(find.answer) }))
  expect(told).toEqual([])
  expect(coverage['root fields'].reached).toBeGreaterThan(40)
})
