import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../platform/errors.ts'
import { replyCode } from '../../platform/redis/errors.ts'
import type { Sent } from '../ingest/send.ts'
import type { Read } from './items.ts'
import type { DeadLetter, Entry, Reason, SourceStream } from './stream.ts'

export type Counts = { accepted: number; duplicates: number; dead: number }
type Send = (items: readonly string[]) => Promise<Sent>

export type ConsumeDeps = {
  readonly stream: SourceStream
  readonly read: (entry: Entry) => Read
  readonly send: Send
  readonly stop: AbortSignal
  /** Entries of one request. */
  readonly batch: number
  /** Whether to remove from the stream what all of its groups have ended. */
  readonly trim: boolean
  /** Ends when there is nothing more, in place of waiting for it. */
  readonly once: boolean
  readonly onProgress: (counts: Readonly<Counts>) => void
  readonly onTrouble: (message: string) => void
}

type Outcome = { readonly result: Counts; readonly refused: readonly (Entry & { reason: Reason })[] }

/** Sends what is in entries; undefined when the stop came before an answer. */
const deliver = async (
  { read, send }: Pick<ConsumeDeps, 'read' | 'send'>,
  entries: readonly Entry[],
): Promise<Outcome | undefined> => {
  const readable: Entry[] = []
  const items: string[] = []
  const refused: (Entry & { reason: Reason })[] = []
  for (const entry of entries) {
    const found = read(entry)
    if ('reason' in found) refused.push({ ...entry, reason: found.reason })
    else {
      readable.push(entry)
      items.push(found.item)
    }
  }
  const sent = await send(items)
  if ('stopped' in sent) return undefined
  for (const { index, code, message } of sent.result.rejected)
    refused.push({ ...readable[index]!, reason: { code, message } })
  const { accepted, duplicates } = sent.result
  return { result: { accepted, duplicates, dead: refused.length }, refused }
}

const RETRY_MS = 1_000
/** Trimming asks about every group: not with each batch. */
const TRIM_EVERY_MS = 5_000
const RECOVER_EVERY_MS = 3_000

/**
 * Takes entries from the stream, sends them to ingest and ends them after its answer: an entry that was taken is
 * never lost, and one that is delivered again has the same id, so that it counts once. What ingest refuses is a
 * dead letter with its reason. Ends with the stop, or with an error that passes by nothing but a person.
 */
export const consume = async (deps: ConsumeDeps): Promise<Counts> => {
  const { stream, stop, batch, onProgress, onTrouble } = deps
  const counts: Counts = { accepted: 0, duplicates: 0, dead: 0 }
  let recoverAt = 0
  let trimAt = 0
  const turn = async (): Promise<boolean> => {
    const nowMs = performance.now()
    const recovering = nowMs >= recoverAt
    if (recovering) recoverAt = nowMs + RECOVER_EVERY_MS
    const left = recovering ? await stream.recover(batch) : []
    // Where there was something left, there may be more.
    if (left.length > 0) recoverAt = 0
    const entries = left.length > 0 ? left : await stream.read(batch)
    const outcome = entries.length > 0 ? await deliver(deps, entries) : undefined
    if (outcome) {
      await stream.settle(
        entries.map(({ id }) => id),
        outcome.refused,
      )
      for (const name of ['accepted', 'duplicates', 'dead'] as const) counts[name] += outcome.result[name]
      onProgress(counts)
    }
    if (deps.trim && nowMs >= trimAt) {
      trimAt = nowMs + TRIM_EVERY_MS
      await stream.trim()
    }
    return entries.length > 0
  }
  await retried(stream, stream.ensure, stop, onTrouble)
  while (!stop.aborted) {
    const more = await retried(stream, turn, stop, onTrouble)
    if (deps.once && more === false) break
  }
  if (deps.trim) await stream.trim()
  return counts
}

/**
 * Tries again while the producer's Redis is away, and makes the group again where it came back without its data;
 * undefined when the stop came meanwhile.
 */
const retried = async <T>(
  { ensure }: Pick<SourceStream, 'ensure'>,
  work: () => Promise<T>,
  stop: AbortSignal,
  onTrouble: (message: string) => void,
): Promise<T | undefined> => {
  while (!stop.aborted) {
    try {
      return await work()
    } catch (error) {
      const lost = replyCode(error) === 'NOGROUP'
      if (!lost && !(error instanceof AppError && error.code === 'STORE_UNAVAILABLE')) throw error
      onTrouble(
        lost ? 'The stream has lost its consumer group; it is made again.' : (error as AppError).message,
      )
      if (lost) await retried({ ensure }, ensure, stop, onTrouble)
      await pause(RETRY_MS, undefined, { signal: stop }).catch(() => undefined) // woken by the stop
    }
  }
  return undefined
}

/** Sends dead letters again; what is taken is forgotten, the rest stays as it is. */
export const replay = async ({
  stream,
  ...deps
}: Pick<ConsumeDeps, 'stream' | 'read' | 'send' | 'batch' | 'stop'>): Promise<
  Counts & { readonly still: readonly DeadLetter[] }
> => {
  const counts: Counts = { accepted: 0, duplicates: 0, dead: 0 }
  const still: DeadLetter[] = []
  let after: string | undefined
  while (!deps.stop.aborted) {
    const letters = await stream.letters(deps.batch, after)
    const outcome = letters.length > 0 ? await deliver(deps, letters) : undefined
    if (!outcome) break
    const refused = new Map(outcome.refused.map(({ id, reason }) => [id, reason]))
    for (const letter of letters) {
      const reason = refused.get(letter.id)
      if (reason) still.push({ ...letter, reason })
    }
    await stream.forget(letters.filter(({ id }) => !refused.has(id)).map(({ deadId }) => deadId))
    for (const name of ['accepted', 'duplicates', 'dead'] as const) counts[name] += outcome.result[name]
    after = letters.at(-1)!.deadId
  }
  return { ...counts, still }
}
