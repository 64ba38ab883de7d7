import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../src/embedded/ports.ts'
import { findStack } from '../../src/embedded/stack.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { createPrograms, storeProcesses, storesEnded } from './program.ts'

const programs = createPrograms()
/** Sources of its own, which the test may change. */
const sources = mkdtempSync(join(tmpdir(), 'heliograph-dev-'))
for (const name of ['src', 'prisma', 'clickhouse', 'scripts', 'bin', 'package.json'])
  cpSync(resolve(name), join(sources, name), { recursive: true })
for (const name of ['node_modules', 'generated']) symlinkSync(resolve(name), join(sources, name))
afterAll(() => rmSync(sources, { recursive: true, force: true }))

const file = join(sources, 'src/graphql/scalars.ts')
const before = readFileSync(file, 'utf8')
/** The description of a scalar, which the graph tells everybody. */
const describe = (text: string): void =>
  writeFileSync(file, before.replace(/description:\s*'[^']*'/, `description: '${text}'`))

test('the program is back after each change on the same stores, a failing one waits for the next, and Ctrl-C leaves nothing', async () => {
  const dataDir = programs.folder()
  const port = await freePort()
  const child = spawn(
    join(sources, 'bin/heliograph'),
    ['dev', '--no-demo', '--port', String(port), '--data-dir', dataDir],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const ended = once(child, 'exit')
  onTestFinished(() => {
    if (child.exitCode === null) child.kill('SIGKILL') // its program and its stores end with it
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()))

  const descriptions = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __schema { types { description } } }' }),
    })
    return response.text()
  }
  const answers = async (text: string): Promise<number> => {
    const from = performance.now()
    await eventually(async () => expect(await descriptions(), output).toContain(text), 60_000)
    return Math.round(performance.now() - from)
  }

  await answers('types')
  const stores = findStack(dataDir)
  describe('Seen after the first change.')
  const first = await answers('Seen after the first change.')

  describe('Seen after the second change.')
  const second = await answers('Seen after the second change.')
  process.stderr.write(`dev: answers with a change after ${first} and ${second} ms\n`)

  writeFileSync(file, `${before}\nconst = broken\n`)
  await eventually(() => {
    expect(output).toContain('const = broken') // what is wrong
    expect(output).toMatch(/The program has ended \(1\)\. Waiting for a change\./)
  }, 60_000)
  describe('Seen after it was mended.')
  await answers('Seen after it was mended.')
  expect(findStack(dataDir)).toEqual(stores)
  const page = await fetch(`http://127.0.0.1:${port}/graphql`, { headers: { accept: 'text/html' } })
  expect(await page.text()).toContain('graphiql')

  expect(storeProcesses(dataDir).length).toBeGreaterThan(0)
  process.kill(-child.pid!, 'SIGINT') // to the group, as a terminal does
  const [code] = await settled(ended, 60_000, 'the end')
  expect(code, output).toBe(0)
  await storesEnded(dataDir)
  await expect(descriptions()).rejects.toThrow('fetch failed')
})
