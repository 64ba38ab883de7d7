import { readFileSync, statfsSync } from 'node:fs'
import { freemem } from 'node:os'

const FOLDER = '/dev/shm'
const TMPFS = 0x01_02_19_94
/** Of a whole run about 4 GiB. */
const ROOM_BYTES = 8 * 2 ** 30

/** Programs that tests put into it are run there. */
const runsPrograms = (): boolean => {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, path]) => path === FOLDER)
  return mount !== undefined && !mount[3]!.split(',').includes('noexec')
}

const memoryFolder = (): string | undefined => {
  if (process.platform !== 'linux') return undefined
  try {
    const { type, bavail, bsize } = statfsSync(FOLDER)
    const fits = type === TMPFS && bavail * bsize > ROOM_BYTES && freemem() > ROOM_BYTES
    return fits && runsPrograms() ? FOLDER : undefined
  } catch {
    return undefined // there is none
  }
}

/**
 * Puts what this process, its workers and their programs store into memory, where the machine has room for the stores of
 * a whole run: to make a database, and to remove what a run has left, takes a third of the time on a disk.
 * What tests prove of durability they prove by killing processes, for which any folder is the same.
 */
export const storeInMemory = (): void => {
  const folder = memoryFolder()
  if (folder !== undefined) process.env['TMPDIR'] ??= folder
}
