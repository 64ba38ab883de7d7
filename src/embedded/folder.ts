import { mkdirSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from './start-error.ts'

const noRight = 'this user may not write there'
const reasons: Readonly<Record<string, string>> = {
  EACCES: noRight,
  EPERM: noRight,
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: "this user's share of its disk is used up",
  EEXIST: 'a file stands where a folder has to be',
  ENOTDIR: 'a file stands where a folder has to be',
  EISDIR: 'a folder stands where a file has to be',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its links lead in a circle',
  ENOENT: 'no folder can be made there',
  EIO: 'its disk fails',
}

/**
 * Makes a folder and those above it; answers whether it was not there. Trap: where none can be made, Node's
 * own recursive way says ENOENT (a read-only file system) or never returns (/proc).
 */
export const makeFolder = (path: string, mode?: number): boolean => {
  try {
    mkdirSync(path, mode)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return false
    if (code !== 'ENOENT') throw error
    if (!makeFolder(dirname(path))) throw error // all above was there
    mkdirSync(path, mode)
    return true
  }
}

/** A folder that somebody named, and by what, such as `--data-dir`. */
export type NamedFolder = { readonly path: string; readonly named: string }

const unusable = ({ path, named }: NamedFolder, reason: string, cause?: unknown): StartError =>
  new StartError(`${path} can't be used: ${reason}. Mend that, or name another folder with ${named}.`, {
    cause,
  })

/** Of the folder, of one above it (of which it tells who makes folders) or below; a write tells no path. */
const isAbout = (folder: string, { path }: NodeJS.ErrnoException): boolean =>
  path === undefined || path.startsWith(folder) || folder.startsWith(path)

/** What a person can mend of a folder, or the error as it is. By its code. */
export const folderError = (folder: NamedFolder, error: unknown): unknown => {
  if (!(error instanceof Error)) return error
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  return reason !== undefined && isAbout(folder.path, error) ? unusable(folder, reason, error) : error
}

const mb = (bytes: number): string => `${Math.floor(bytes / (1 << 20))} MB`

/** Throws StartError unless the disk of a folder has that much room: stores on a full one don't start. */
export const assertRoom = (folder: NamedFolder, bytes: number): void => {
  const { bavail, bsize } = statfsSync(folder.path)
  const free = bavail * bsize
  if (free < bytes)
    throw unusable(
      folder,
      `its disk is full, with ${mb(free)} left where the stores need ${mb(bytes)} to start`,
    )
}
