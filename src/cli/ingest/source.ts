import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs'
import { mkdtemp, open as openFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pipeline as connect, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../platform/errors.ts'

/** The content as it comes, unpacked, and how much of the file has been read. */
export type Opened = { readonly stream: Readable; readonly fraction: () => number }

export type Source = {
  readonly name: string
  /** Of the content, so that a log and the same one packed are one. */
  readonly sha256: string
  readonly sizeBytes: number
  /** When the file was last written. */
  readonly modifiedMs: number
  /** The beginning of the content, enough to tell the format. */
  readonly head: Buffer
  open(): Opened
  /** Removes what reading standard input has spooled. */
  close(): Promise<void>
}

const headBytes = 64 << 10

/**
 * A file, gzip or not, or (`-`) standard input. Standard input is first read to its end into a temporary file:
 * the ids of its rows come from its hash, so the same input sent again is counted once. Throws NOT_FOUND or
 * BAD_REQUEST.
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
  const packed = await isGzip(path)
  const open = (): Opened => {
    if (info.size === 0) return { stream: Readable.from([]), fraction: () => 1 }
    // A log that grows while it is read: only what was there at the start is hashed and sent.
    const file: ReadStream = createReadStream(path, { end: info.size - 1, highWaterMark: 256 << 10 })
    // What fails is told by the stream that is read.
    const stream = packed ? connect(file, createGunzip({ chunkSize: 256 << 10 }), () => {}) : file
    return { stream, fraction: () => file.bytesRead / info.size }
  }
  const hash = createHash('sha256')
  const head: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of open().stream as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (bytes < headBytes) head.push(chunk)
      bytes += chunk.length
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (!code.startsWith('Z_')) throw cause
    throw new AppError('BAD_REQUEST', `${name} is not whole: it can't be unpacked as gzip (${code})`, {
      cause,
    })
  }
  const beginning = Buffer.concat(head).subarray(0, headBytes)
  refuseBinary(name, beginning)
  return {
    name,
    sha256: hash.digest('hex'),
    sizeBytes: info.size,
    modifiedMs: info.mtimeMs,
    head: beginning,
    open,
    close,
  }
}

const isGzip = async (path: string): Promise<boolean> => {
  await using file = await openFile(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

const refuseBinary = (name: string, head: Buffer): void => {
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  if (wide) throw new AppError('BAD_REQUEST', `${name} is UTF-16: convert it with iconv -f utf-16 -t utf-8`)
  if (head.includes(0)) throw new AppError('BAD_REQUEST', `${name} is not text (only gzip is unpacked)`)
}
