import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

const shape = /^(.+)\.(\d+)\.[0-9a-f]{8}$/

/**
 * A name for one consumer: host, process, and a random part, since a process can get the pid of its
 * predecessor.
 */
export const newConsumerName = (): string => `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`

/**
 * True when a consumer of this host has no process any more, so that a program that is started again after a
 * kill takes over at once what it left, and need not wait for its sign of life to run out. Two machines of
 * one name may be mistaken for one: harmless, since a consumer that only seems dead doubles nothing.
 */
export const isGone = (consumer: string): boolean => {
  const [, host, pid] = shape.exec(consumer) ?? []
  if (host !== hostname() || pid === undefined) return false
  try {
    process.kill(Number(pid), 0) // sends nothing, only asks
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
