import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { processIdentity } from './processes.ts'

const ownerShape = z.object({ pid: z.int().positive(), identity: z.string().min(1) })

/** Who owns a data folder: a pid and that process's start, because pids are given out again. */
export type Owner = z.infer<typeof ownerShape>

/** The folder belongs to another live process; the message says which, and what to do. */
export class StackInUseError extends Error {
  override readonly name = 'StackInUseError'
}

/** This process as an owner. */
export const ourselves = (): Owner => ({ pid: process.pid, identity: processIdentity(process.pid)! })

/** True while exactly that process lives. */
export const ownerLives = (owner: Owner): boolean => processIdentity(owner.pid) === owner.identity

const lockPath = (dataDir: string): string => join(dataDir, 'stack.lock')

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Undefined for text that no owner wrote, for example of a full disk: such a lock is stale. */
const parseOwner = (text: string): Owner | undefined => {
  try {
    return ownerShape.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A hard link appears with its content or not at all, and fails when the name is taken. */
const tryLink = (from: string, to: string): boolean => {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const inUse = (dataDir: string, { pid }: Owner): StackInUseError =>
  new StackInUseError(
    `${dataDir} is in use by process ${pid}. Stop that one first, or give another folder with --data-dir.`,
  )

/** Throws StackInUseError while another process owns `dataDir`, which may not be there yet. */
export const assertFree = (dataDir: string): void => {
  const held = read(lockPath(dataDir))
  const owner = held === undefined ? undefined : parseOwner(held)
  if (owner && ownerLives(owner)) throw inUse(dataDir, owner)
}

/**
 * Makes this process the one owner of `dataDir`, taking over from a dead one. Returns the release.
 * Throws StackInUseError while another process owns it.
 */
export const acquireLock = (dataDir: string): (() => void) => {
  const path = lockPath(dataDir)
  const mine = JSON.stringify(ourselves())
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(draft, mine, { mode: 0o600 })
  try {
    while (!tryLink(draft, path)) {
      const held = read(path)
      if (held === undefined) continue
      const owner = parseOwner(held)
      if (owner && ownerLives(owner)) throw inUse(dataDir, owner)
      // Two may find the same dead owner at once: what was moved away must be what was judged, else it goes
      // back.
      const aside = `${draft}.stale`
      renameSync(path, aside)
      if (read(aside) !== held) tryLink(aside, path)
      rmSync(aside, { force: true })
    }
  } finally {
    rmSync(draft, { force: true })
  }
  return () => {
    if (read(path) === mine) rmSync(path, { force: true })
  }
}
