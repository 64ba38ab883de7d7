import type { ServerResponse } from 'node:http'

/** Whether something waits for the client: the chunks of a stream of events are written to the socket. */
const isStalled = ({ writableFinished, writableLength, socket }: ServerResponse): boolean =>
  !writableFinished && writableLength + (socket?.writableLength ?? 0) > 0

/**
 * Cuts an answer, or a stream, of which the client has taken nothing for so long: it is held in memory until it is
 * taken. One that is taken slowly is left alone. It counts on Node, whose time-out begins anew with each part of a
 * write that the network has taken, and which reads no further request while an answer waits. The kernel tells of a
 * third of its buffer at once, which is a megabyte and more. A quiet stream has nothing that waits.
 */
export const cutIfUnread = (response: ServerResponse, unreadMs: number): void => {
  response.setTimeout(unreadMs, () => isStalled(response) && response.destroy())
}

/** In a drain, a stream whose client does not read can't be ended, only cut. */
export const cutIfStalled = (response: ServerResponse, stopping: AbortSignal, stalledMs: number): void => {
  let late: NodeJS.Timeout | undefined
  const watch = (): void => {
    late = setTimeout(() => isStalled(response) && response.destroy(), stalledMs)
  }
  if (stopping.aborted) watch()
  else stopping.addEventListener('abort', watch, { once: true })
  response.once('close', () => {
    stopping.removeEventListener('abort', watch)
    clearTimeout(late)
  })
}
