import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../errors.ts'

/** The client went away in the middle of its body: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** Stays as long as the request, which a stream of events keeps: so it closes over nothing that was read. */
const ignore = (): void => undefined

/**
 * Reads the body. Throws PAYLOAD_TOO_LARGE as soon as it is known, before the rest is read, or ClientGone.
 */
export const readBody = (request: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const tooLarge = () =>
    new AppError('PAYLOAD_TOO_LARGE', `A body may have ${maxBytes} bytes. Send fewer items in a request.`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge())
  // It may have left while the key was looked up: then no event comes any more.
  if (request.destroyed) return Promise.reject(new ClientGone())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (finish: () => void): void => {
      request.off('data', take).off('end', done).off('close', gone)
      finish()
    }
    const take = (chunk: Buffer): void => {
      size += chunk.length
      chunks.push(chunk)
      if (size > maxBytes) settle(() => reject(tooLarge()))
    }
    const done = (): void => settle(() => resolve(Buffer.concat(chunks, size)))
    const gone = (): void => settle(() => reject(new ClientGone()))
    // An 'error' is always followed by 'close'; without a listener it would end the process.
    request.on('data', take).on('end', done).on('close', gone).on('error', ignore)
  })
}

/**
 * What a refused client may still send before its connection is cut: a client that reads its answer stops
 * long before.
 */
const DISCARD_BYTES = 1 << 20
const DISCARD_MS = 2_000

/**
 * Sees to a body that nobody wants any more. Closing at once would reset the connection, and a client that
 * still writes would lose the answer with it; so the rest is thrown away for a while, and only then is the
 * connection cut. Call before the answer is written: it tells the client that the connection ends.
 */
export const discardBody = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.complete) return
  response.setHeader('connection', 'close')
  let left = DISCARD_BYTES
  const timer = setTimeout(() => request.destroy(), DISCARD_MS)
  request
    .on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) request.destroy()
    })
    .on('error', () => undefined) // what it could tell is that the client left, which is what we want
    .on('close', () => clearTimeout(timer))
    .resume()
}
