import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { ourselves } from '../../src/embedded/lock.ts'
import { findStack } from '../../src/embedded/stack.ts'
import { eventually } from '../testkit/waiters.ts'
import {
  at,
  end,
  node,
  redisDo,
  root,
  script,
  sql,
  start,
  started,
  useStacks,
  type Up,
} from './embedded-stack.testkit.ts'

useStacks()

test('a second start on the same folder is refused and names the process that holds it', async () => {
  const first = await started('redis')
  const second = await start('redis')
  expect(second.up.error).toMatch(
    new RegExp(`^StackInUseError: .* is in use by process ${first.child.pid}\\.`),
  )
  expect(await redisDo(first.up.redisUrl, (redis) => redis.ping())).toBe('PONG')
})

/** A start that sees processes of its own, as in another container on the same volume. */
const startElsewhere = async (): Promise<{ child: ChildProcess; error?: string }> => {
  const how = ['--pid', '--fork', '--kill-child', '--mount-proc', node, script, at.dataDir, 'postgres redis']
  const child = spawn('unshare', how, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const { error } = JSON.parse(line) as Up
    return { child, ...(error !== undefined && { error }) }
  }
  throw new Error('the program ended without a word')
}

test.runIf(root)(
  'a start in another container on the same folder is refused, and takes it over once it is free',
  async () => {
    const elsewhere = expect.stringMatching(/^StackInUseError: .* of another container or machine \(/)
    const first = await started()
    const running = readFileSync(join(at.dataDir, 'stack.json'), 'utf8')
    expect(await startElsewhere()).toMatchObject({ error: elsewhere })
    expect(readFileSync(join(at.dataDir, 'stack.json'), 'utf8')).toBe(running)
    expect(await sql(first.up.postgresOwnerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])

    await end(first.child, 'SIGKILL')
    const { child, error } = await eventually(async () => {
      const found = await startElsewhere()
      if (found.error?.includes('another container')) throw new Error(found.error)
      return found
    }, 60_000)
    try {
      expect(error).toBeUndefined()
      // And the other way round: that pid means nothing here.
      expect((await start()).up).toMatchObject({ error: elsewhere })
    } finally {
      await end(child, 'SIGKILL') // its container goes with it
    }
  },
)

test('a start right after kill -9 waits until the stores of before have ended', async () => {
  const first = await started()
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await end(first.child, 'SIGKILL')
  const second = await started()
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('an owner on a machine whose locks are not seen here keeps the folder until a person says otherwise', async () => {
  mkdirSync(at.dataDir, { mode: 0o711 })
  const lock = join(at.dataDir, 'stack.lock')
  writeFileSync(
    lock,
    JSON.stringify({ pid: 1, identity: 'Mon Nov 30', kernel: 'darwin another', host: 'another' }),
  )
  expect((await start('redis')).up.error).toMatch(
    /^StackInUseError: .* process 1 of another container or machine \(another\)\..* remove \S+stack\.lock\.$/,
  )
  rmSync(lock)
  await started('redis')
})

test('an owner is known by its kernel, and not by a name that the network gives to its machine', async () => {
  mkdirSync(at.dataDir, { mode: 0o711 })
  const lock = join(at.dataDir, 'stack.lock')
  writeFileSync(lock, JSON.stringify({ ...ourselves(), host: 'of-another-network' }))
  expect((await start('redis')).up.error).toMatch(/ is in use by process \d+\. Stop that one/)
  // As one leaves it whose machine lost its power.
  writeFileSync(lock, JSON.stringify({ ...ourselves(), kernel: 'linux another', host: 'of-another-network' }))
  await started('redis')
})

test('a lock whose pid belongs to another process by now is taken over, and that process is left alone', async () => {
  mkdirSync(at.dataDir, { mode: 0o711 })
  writeFileSync(
    join(at.dataDir, 'stack.lock'),
    JSON.stringify({ pid: process.pid, identity: 'an earlier life' }),
  )
  await started('redis')
  expect(findStack(at.dataDir)?.pid).not.toBe(process.pid)
})
