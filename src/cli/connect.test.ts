import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { uuidv7 } from '../platform/ids.ts'
import { announceServing } from '../server/serving.ts'
import { connectWith } from './connect.ts'

test("the demo's key of a data folder goes to the program that runs on it, and to no server that is named", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-connect-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  const demo = { tenant: uuidv7(), apiKey: 'hg_test_demo', simulatedTo: 0 }
  writeFileSync(join(dataDir, 'demo.json'), JSON.stringify(demo))
  const connect = connectWith('ingest')
  const url = 'https://other.example'
  await expect(connect({ dataDir, url })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(await connect({ dataDir, url, apiKey: 'hg_test_own' })).toEqual({ url, apiKey: 'hg_test_own' })
  const own = 'http://127.0.0.1:4000'
  await announceServing(dataDir, own)
  expect(await connect({ dataDir })).toEqual({ url: own, apiKey: demo.apiKey })
})
