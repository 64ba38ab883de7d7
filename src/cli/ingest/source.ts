import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open as openFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { AppError } from '../../platform/errors.ts'

export type Source = {
  readonly name: string
  readonly sha256: string
  readonly sizeBytes: number
  /** The first bytes, enough to tell the format. */
  readonly head: Buffer
  open(): Readable
  /** Removes what reading standard input has spooled. */
  close(): Promise<void>
}

/**
 * A file, or (`-`) standard input. Standard input is first read to its end into a temporary file: the ids of
 * its rows come from its hash, so the same input sent again is counted once. Throws NOT_FOUND or BAD_REQUEST.
 */
export const openSource = async (path: string, stdin: Readable): Promise<Source> => {
  if (path !== '-') return describe(path, basename(path), async () => {})
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-ingest-'))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const spooled = join(folder, 'stdin')
    await pipeline(stdin, createWriteStream(spooled))
    return await describe(spooled, '-', close)
  } catch (error) {
    await close()
    throw error
  }
}

const describe = async (path: string, name: string, close: () => Promise<void>): Promise<Source> => {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? new AppError('NOT_FOUND', `There is no file ${path}`, { cause }) : cause
  })
  if (!info.isFile()) throw new AppError('BAD_REQUEST', `${path} is not a file`)
  // A log that grows while it is read: only what was there at the start is hashed and sent.
  const open = (): Readable =>
    info.size === 0
      ? Readable.from([])
      : createReadStream(path, { end: info.size - 1, highWaterMark: 256 << 10 })
  const hash = createHash('sha256')
  await pipeline(open(), hash)
  await using file = await openFile(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
  return {
    name,
    sha256: hash.digest('hex'),
    sizeBytes: info.size,
    head: buffer.subarray(0, bytesRead),
    open,
    close,
  }
}
