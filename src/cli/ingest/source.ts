import { createHash } from 'node:crypto'
import { mkdtemp, open as openFile, rm, stat, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { addAbortSignal, pipeline as connect, Readable } from 'node:stream'
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
  /** Closes the file. */
  close(): Promise<void>
}

const headBytes = 64 << 10
const chunkBytes = 256 << 10

/**
 * A file, gzip or not, or (`-`) standard input. Standard input is first read to its end into a temporary file:
 * the ids of its rows come from its hash, so the same input sent again is counted once. That file has no name any
 * more when it is written, so nothing is left of it however this process ends. Throws NOT_FOUND or BAD_REQUEST, and
 * what `stop` was aborted with.
 */
export const openSource = async (path: string, stdin: Readable, stop?: AbortSignal): Promise<Source> => {
  const file = path === '-' ? await openSpool() : await openNamed(path)
  try {
    if (path === '-') await spool(stop ? addAbortSignal(stop, stdin) : stdin, file)
    return await describe(file, path === '-' ? '-' : basename(path), stop)
  } catch (error) {
    await file.close()
    throw error
  }
}

const openSpool = async (): Promise<FileHandle> => {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-ingest-'))
  try {
    return await openFile(join(folder, 'stdin'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const spool = async (stdin: Readable, file: FileHandle): Promise<void> => {
  for await (const chunk of stdin as AsyncIterable<Buffer>) await file.writeFile(chunk) // each after the one before
}

const openNamed = async (path: string): Promise<FileHandle> => {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? new AppError('NOT_FOUND', `There is no file ${path}`, { cause }) : cause
  })
  // To open a pipe would wait for its other end.
  if (!info.isFile()) throw new AppError('BAD_REQUEST', `${path} is not a file`)
  return openFile(path)
}

const describe = async (file: FileHandle, name: string, stop?: AbortSignal): Promise<Source> => {
  const info = await file.stat()
  const packed = await isGzip(file)
  const open = (): Opened => {
    if (info.size === 0) return { stream: Readable.from([]), fraction: () => 1 }
    // A log that grows while it is read: only what was there at the start is hashed and sent. Every pass reads the
    // one open file, also where its name leads to another by now. Trap: a stream of Node would close it.
    let readBytes = 0
    const chunks = async function* (): AsyncGenerator<Buffer> {
      while (readBytes < info.size) {
        const length = Math.min(chunkBytes, info.size - readBytes)
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, readBytes)
        if (bytesRead === 0) return // it was cut meanwhile
        readBytes += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    }
    const content = Readable.from(chunks(), { objectMode: false })
    // What fails is told by the stream that is read.
    const stream = packed ? connect(content, createGunzip({ chunkSize: chunkBytes }), () => {}) : content
    return { stream, fraction: () => readBytes / info.size }
  }
  const hash = createHash('sha256')
  const head: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of open().stream as AsyncIterable<Buffer>) {
      stop?.throwIfAborted()
      hash.update(chunk)
      if (bytes < headBytes) head.push(chunk)
      bytes += chunk.length
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw cause
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
    close: () => file.close(),
  }
}

const isGzip = async (file: FileHandle): Promise<boolean> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

const refuseBinary = (name: string, head: Buffer): void => {
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  if (wide) throw new AppError('BAD_REQUEST', `${name} is UTF-16: convert it with iconv -f utf-16 -t utf-8`)
  if (head.includes(0)) throw new AppError('BAD_REQUEST', `${name} is not text (only gzip is unpacked)`)
}
