import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WITHOUT_ALERTING } from '../testkit/alerting.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { temporaryFolder } from '../testkit/ingest/run-command.ts'
import { createCommand } from './command.ts'

let program: TestApp
beforeAll(async () => void (program = await startApp({ settings: WITHOUT_ALERTING })))
afterAll(() => program.stop())

test('a file is tried, applied, applied again without a change, exported, and the export changes nothing', async () => {
  const { tenant, key } = await program.seed.tenant()
  await using folder = await temporaryFolder()
  const command = createCommand(program.databases, { HELIOGRAPH_URL: program.url, HELIOGRAPH_API_KEY: key })
  const rules = (...words: string[]) => command('rules', ...words)
  const count = () => program.app.modules.alertRules.reads.count(tenant)

  const dry = await rules('apply', 'examples/rules.yaml', '--dry-run')
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.out).toMatch(/^\+ High Error Rate\n(\+ .*\n){10}\n11 created, .*Nothing was changed\.\n$/)
  expect(await count()).toBe(0)

  expect((await rules('apply', 'examples/rules.yaml')).out).toMatch(
    /\n11 created, 0 updated, 0 deleted, 0 unchanged\.\n$/,
  )
  const again = await rules('apply', 'examples/rules.yaml', '--prune', '--json')
  expect(JSON.parse(again.out)).toMatchObject({
    dryRun: false,
    created: 0,
    updated: 0,
    deleted: 0,
    unchanged: 11,
  })

  const path = join(folder.path, 'export.yaml')
  expect(await rules('export', path)).toMatchObject({ code: 0, out: `11 rules written to ${path}.\n` })
  expect(await rules('export', path)).toMatchObject({ code: 1, err: expect.stringContaining('--force') })
  const same = await rules('apply', path, '--dry-run', '--prune')
  expect(same.out).toBe('= 11 unchanged\n\nNothing to do: the rules are as in the file.\n')

  const text = await readFile(path, 'utf8')
  await writeFile(
    path,
    text.replace('threshold: 0.8\n', 'threshold: 0.9\n').replace('window: PT1H', 'window: PT1W'),
  )
  expect(await rules('apply', path)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^\S+export\.yaml:\d+: "Deployed again and again": window: .*\n$/),
  })
  await writeFile(path, text.replace('threshold: 0.8\n', 'threshold: 0.9\n'))
  expect((await rules('apply', path)).out).toBe(
    '~ High CPU Usage\n    threshold  0.8 -> 0.9\n= 10 unchanged\n\n0 created, 1 updated, 0 deleted, 10 unchanged.\n',
  )
})
