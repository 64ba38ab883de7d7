import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../platform/errors.ts'

const advice = (code: string | undefined, port: number, host: string): string | undefined => {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is taken by another program. Stop that one, or choose another port: --port ${port < 65_535 ? port + 1 : 4000}, or --port 0 for any free one.`
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose one from 1024 on, for example --port 4000.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine. Choose one with --host, for example --host 127.0.0.1, or --host 0.0.0.0 for all.`
  }
}

/** Throws as `listenAt` would: before anything is made that a start would make in vain. */
export const assertListenable = async (port: number, host: string): Promise<void> => {
  const probe = createServer()
  await listenAt(probe, port, host)
  probe.close()
  await once(probe, 'close')
}

/**
 * Connections that may wait to be accepted: thousands that come back at once are not refused (Linux cuts it at
 * net.core.somaxconn, 4,096 unless set).
 */
const BACKLOG = 4_096

/**
 * Listens and returns the URL for this machine. Throws AppError with advice when the port or address is not
 * available.
 */
export const listenAt = async (server: Server, port: number, host: string): Promise<string> => {
  server.listen(port, host, BACKLOG)
  try {
    await once(server, 'listening')
  } catch (error) {
    const message = advice((error as NodeJS.ErrnoException).code, port, host)
    throw message === undefined ? error : new AppError('CONFLICT', message, { cause: error })
  }
  const address = server.address() as AddressInfo
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`
}
