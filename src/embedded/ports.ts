import { createServer } from 'node:net'

const listen = async (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })

/**
 * A port of 127.0.0.1 that was free a moment ago. Someone may take it before it is used: be ready to ask
 * again.
 */
export const freePort = async (): Promise<number> => listen(0)

/** True when another program listens on this port of 127.0.0.1. */
export const portTaken = async (port: number): Promise<boolean> => {
  try {
    await listen(port)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true
    throw error
  }
}
