import type { Authenticate, Credential } from '../auth/authenticate.ts'
import { permissionScope, type Viewer } from '../auth/viewer.ts'
import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'

/** Connections that stay open, by the credential that opened them. */
export type OpenSessions = {
  /**
   * Remembers a connection and its viewer. `close` is called when its credential is no longer valid or gives
   * other rights than before. The result forgets the connection.
   */
  add(credential: Credential, viewer: Viewer, close: () => void): () => void
  stop(): void
}

// A revoked key's connections have to be closed within 5 s. A check takes no cached answer older than half
// its interval: an answer from just before the last check would serve this one too.
const CHECK_MS = 2_000
const MAX_AGE_MS = CHECK_MS / 2
// Of the pool's 10 connections; the others are for requests.
const AT_ONCE = 4

/** Checks each credential once, however many connections have it, for as long as they are open. */
export const createOpenSessions = (deps: { authenticate: Authenticate; log: Logger }): OpenSessions => {
  const { authenticate, log } = deps
  const open = new Map<string, Map<() => void, string>>()

  const check = async (credential: string): Promise<void> => {
    try {
      const rights = permissionScope(await authenticate(credential, MAX_AGE_MS))
      open.get(credential)?.forEach((before, close) => before !== rights && close())
    } catch (error) {
      // A database that is away proves nothing about the key.
      if (!(error instanceof AppError)) log.error({ err: error }, 'a credential could not be checked again')
      else if (error.code === 'UNAUTHENTICATED') open.get(credential)?.forEach((_rights, close) => close())
    }
  }
  let checking = false
  /**
   * Checks all credentials, a few at a time. A round that takes longer than the interval is not overtaken by
   * the next.
   */
  const round = async (): Promise<void> => {
    if (checking) return
    checking = true
    const credentials = [...open.keys()].values()
    const work = async (): Promise<void> => {
      for (const credential of credentials) await check(credential)
    }
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work))
    } finally {
      checking = false
    }
  }
  const timer = setInterval(() => void round(), CHECK_MS)

  return {
    add: (credential, viewer, close) => {
      if (!credential) return () => {}
      const connections = open.get(credential) ?? new Map<() => void, string>()
      open.set(credential, connections.set(close, permissionScope(viewer)))
      return () => {
        connections.delete(close)
        if (connections.size === 0 && open.get(credential) === connections) open.delete(credential)
      }
    },
    stop: () => clearInterval(timer),
  }
}
