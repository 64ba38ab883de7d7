import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { lockFile } from './kernel-lock.ts'
import { kernelOf, processIdentity, until } from './processes.ts'

export const ownerShape = z.object({
  pid: z.int().positive(),
  /** Its start: pids are given out again. On Linux with the kernel's boot, which containers share. */
  identity: z.string().min(1),
  /** Where its pid means something, and what people call it; owners of before 0.2 do not say. */
  kernel: z.string().optional(),
  namespace: z.string().optional(),
  host: z.string().optional(),
})

/** Who owns a data folder. */
export type Owner = z.infer<typeof ownerShape>

/** The folder belongs to another live process; the message says which, and what to do. */
export class StackInUseError extends Error {
  override readonly name = 'StackInUseError'
}

/** This process as an owner. */
export const ourselves = (): Owner => ({
  pid: process.pid,
  identity: processIdentity(process.pid)!,
  kernel: kernelOf(),
  host: hostname(),
  ...(process.platform === 'linux' && { namespace: readlinkSync('/proc/self/ns/pid') }),
})

/** Whether we see the processes that it saw: not those of another machine or container. */
const amongUs = ({ kernel, namespace }: Owner): boolean => {
  const ours = ourselves()
  return kernel === undefined || (kernel === ours.kernel && namespace === ours.namespace)
}

/** True while exactly that process lives. One of another container is not found. */
export const ownerLives = (owner: Owner): boolean =>
  amongUs(owner) && processIdentity(owner.pid) === owner.identity

/** Of NFS, SMB, CIFS, 9p and FUSE (statfs(2)): other machines may have the folder too, and their locks not be seen. */
const SHARED = new Set([0x6969, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546])

/**
 * Of another kernel, whose lock may not be seen here. A machine that started anew has a kernel of its own too, and by
 * then often another name: on a disk of its own the lock tells that nobody has the folder.
 */
const isRemote = ({ kernel, host }: Owner, dataDir: string): boolean => {
  if (kernel === undefined || kernel === kernelOf() || host === hostname()) return false
  const isOfLinux = kernel.startsWith('linux')
  if (isOfLinux !== (process.platform === 'linux')) return true
  return isOfLinux && SHARED.has(statfsSync(dataDir).type)
}

const infoPath = (dataDir: string): string => join(dataDir, 'stack.lock')
/** Never removed: who opened it before would lock another file than who comes after. */
const lockPath = (dataDir: string): string => join(dataDir, 'owner.lock')

/** Undefined when there is none, and for text that no owner wrote, for example of a full disk. */
const readOwner = (dataDir: string): Owner | undefined => {
  try {
    return ownerShape.safeParse(JSON.parse(readFileSync(infoPath(dataDir), 'utf8'))).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

const inUse = (dataDir: string, owner: Owner | undefined, isSure: boolean): StackInUseError => {
  const { pid, host } = owner ?? {}
  const who = pid === undefined ? 'another process' : `process ${pid}`
  const where = owner === undefined || amongUs(owner) ? '' : ` of another container or machine (${host})`
  const unsure = isSure ? '' : ` If nothing runs on it there any more, remove ${infoPath(dataDir)}.`
  return new StackInUseError(
    `${dataDir} is in use by ${who}${where}. Stop that one first, or give another folder with --data-dir.${unsure}`,
  )
}

/** Locks the file, or answers false while what a dead owner left still ends. Throws StackInUseError. */
const tryLock = (dataDir: string, fd: number): boolean => {
  const lock = lockFile(fd)
  const owner = readOwner(dataDir)
  // The watchdog of a dead owner holds it until the stores have ended. Without an owner, one comes or goes now.
  if (lock === 'busy' && (owner === undefined || (amongUs(owner) && !ownerLives(owner)))) return false
  const lives = owner !== undefined && ownerLives(owner)
  if (lock === 'busy' || lives) throw inUse(dataDir, owner, true)
  if (owner && (lock === 'locked' ? isRemote(owner, dataDir) : !amongUs(owner)))
    throw inUse(dataDir, owner, false)
  return true
}

/** Throws StackInUseError while another process owns `dataDir`, which may not be there yet. */
export const assertFree = (dataDir: string): void => {
  if (!existsSync(infoPath(dataDir)) && !existsSync(lockPath(dataDir))) return
  const fd = openSync(lockPath(dataDir), 'a', 0o600)
  try {
    tryLock(dataDir, fd)
  } finally {
    closeSync(fd)
  }
}

/** A watchdog gives stores 20 s. */
const TAKEOVER_MS = 30_000

export type FolderLock = {
  /** Whoever else has this open holds the lock with us, and after us. */
  readonly fd: number
  readonly release: () => void
}

/**
 * Makes this process the one owner of `dataDir`, among all containers and machines that have it, taking over from a
 * dead one. Throws StackInUseError while another process owns it.
 */
export const acquireLock = async (dataDir: string): Promise<FolderLock> => {
  const fd = openSync(lockPath(dataDir), 'a', 0o600)
  try {
    if (!(await until(() => tryLock(dataDir, fd), TAKEOVER_MS)))
      throw inUse(dataDir, readOwner(dataDir), true)
    // Other processes see the old owner or the new, never half of one.
    const draft = `${infoPath(dataDir)}.${process.pid}`
    writeFileSync(draft, JSON.stringify(ourselves()), { mode: 0o600, flush: true })
    renameSync(draft, infoPath(dataDir))
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return {
    fd,
    release: () => {
      rmSync(infoPath(dataDir), { force: true })
      closeSync(fd)
    },
  }
}
