import type { Command } from 'commander'
import { loadConfig } from '../../config.ts'
import { findDataset } from '../../ingest/datasets.ts'
import { datasets } from '../../modules/datasets.ts'
import { AppError } from '../../platform/errors.ts'
import { createLogger } from '../../platform/logger.ts'
import { isRedisUrl } from '../../platform/redis/address.ts'
import { createRedis } from '../../platform/redis/client.ts'
import { assertRedis } from '../../platform/redis/connect.ts'
import { createSender } from '../ingest/send.ts'
import type { IngestCommandDeps } from '../ingest/command.ts'
import type { ConnectOptions } from '../ingest/flags.ts'
import { number } from '../number.ts'
import { createProgressLine, formatCount, formatTable, printResult } from '../output.ts'
import { createStopSignal } from '../stop-signal.ts'
import { consume, replay } from './consume.ts'
import { itemReader } from './items.ts'
import { createSourceStream, type DeadLetter, type SourceStream } from './stream.ts'

type StreamFlags = { redis?: string; group: string; json?: boolean }
type SendFlags = ConnectOptions & StreamFlags & { field: string; batch: number }
type RunFlags = SendFlags & { claimAfter: number; trim: boolean; once?: boolean }

const examples = `
The stream is read by a consumer group, so that several of these commands share it, and what one of them had when it was
killed another one takes. An entry is ended after ingest has kept its item. An item that ingest refuses is a dead letter,
in the stream {<stream>}:dead, with the reason. An item without an event_id gets one from its entry: it counts once however
often it is delivered, and with one it counts once over HTTP and the stream together (for 24 hours).

Examples:
  redis-cli XADD analytics_events '*' data '{"timestamp":"'$(date -u +%FT%TZ)'","event_type":"page_view","user_id":"u1"}'
  heliograph source run product_events analytics_events --redis redis://127.0.0.1:6379
  heliograph source list analytics_events --redis redis://127.0.0.1:6379
  heliograph source replay product_events analytics_events --redis redis://127.0.0.1:6379
`

/** Where the producer's Redis is, and what says so. Throws AppError. */
const redisOf = ({ redis }: StreamFlags): { url: string; setting: string } => {
  if (redis === undefined) {
    const { SOURCE_REDIS_URL } = loadConfig()
    if (SOURCE_REDIS_URL) return { url: SOURCE_REDIS_URL, setting: 'SOURCE_REDIS_URL' }
    throw new AppError('BAD_REQUEST', "Name the producer's Redis with --redis or SOURCE_REDIS_URL.")
  }
  if (isRedisUrl(redis)) return { url: redis, setting: '--redis' }
  throw new AppError(
    'BAD_REQUEST',
    '--redis: expected a URL such as redis://:secret@producer:6379/0, or those of nodes of a cluster with commas between them.',
  )
}

/** Opens the producer's Redis for one command, and closes it after it. */
const withStream = async <T>(
  stream: string,
  flags: StreamFlags & { claimAfter?: number },
  work: (source: SourceStream) => Promise<T>,
): Promise<T> => {
  const { url, setting } = redisOf(flags)
  await assertRedis(url, setting)
  const redis = createRedis({ url, log: createLogger({ level: 'error', format: 'pretty' }) })
  try {
    await redis.ready()
    const claimAfterMs = (flags.claimAfter ?? 30) * 1_000
    return await work(createSourceStream({ redis, stream, group: flags.group, claimAfterMs }))
  } finally {
    await redis.close()
  }
}

const withStreamFlags = (command: Command): Command =>
  command
    .option('--redis <url>', "the producer's Redis, such as redis://127.0.0.1:6379 (SOURCE_REDIS_URL)")
    .option('--group <name>', 'consumer group', 'heliograph')
    .option('--json', 'print the result as JSON')

const withSendFlags = (command: Command): Command =>
  withStreamFlags(command)
    .option('--field <name>', 'field of an entry that holds the item as JSON text', 'data')
    .option('--batch <entries>', 'most entries in one request', number(1, 10_000), 500)
    .option('--url <url>', 'the server (HELIOGRAPH_URL)')
    .option('--api-key <key>', 'a key with the scope ingest (HELIOGRAPH_API_KEY)')
    .option('--data-dir <folder>', 'the data folder of the running stack')

/** A letter is told by its id; what was in it stands in the JSON answer. */
const letterTable = (letters: readonly DeadLetter[]): string =>
  formatTable(
    ['dead letter', 'entry', 'code', 'reason'],
    letters.map(({ deadId, id, reason }) => [deadId, id, reason.code, reason.message]),
  )

/** Adds `heliograph source`: a producer's Redis Stream as a road into ingest. */
export const registerSource = (program: Command, deps: IngestCommandDeps): void => {
  const source = program.command('source').description("Take items from a producer's own Redis Stream")
  source.addHelpText('after', examples)
  const names = datasets.map(({ name }) => name).join(', ')

  const sending = async (
    dataset: string,
    flags: SendFlags,
    retryForMs: number,
    onTrouble: (text: string) => void,
  ) => {
    findDataset(datasets, dataset)
    const stop = createStopSignal(() =>
      onTrouble('Stopping after the request under way (once more to stop at once)'),
    )
    const send = createSender({
      ...(await deps.connect(flags)),
      dataset,
      retryForMs,
      stop,
      onRetry: (reason) => onTrouble(reason),
    })
    return { send, stop }
  }

  withSendFlags(source.command('run').description('Read the stream until it is told to stop'))
    .argument('<dataset>', names)
    .argument('<stream>', 'key of the Redis Stream')
    .option(
      '--claim-after <seconds>',
      'take over from a consumer of another machine after',
      number(1, 86_400),
      30,
    )
    .option('--no-trim', 'leave entries that all groups have ended in the stream')
    .option('--once', 'end when the stream has no more, in place of waiting')
    .action(async (dataset: string, stream: string, flags: RunFlags) => {
      const progress = createProgressLine()
      const { send, stop } = await sending(dataset, flags, Infinity, (text) => progress.note(text))
      const counts = await withStream(stream, flags, (opened) =>
        consume({
          stream: opened,
          read: itemReader(stream, flags.field),
          send,
          stop,
          batch: flags.batch,
          trim: flags.trim,
          once: flags.once ?? false,
          onProgress: ({ accepted, duplicates, dead }) =>
            progress.update(
              `${formatCount(accepted)} accepted, ${formatCount(duplicates)} duplicates, ${formatCount(dead)} dead letters`,
            ),
          onTrouble: (text) => progress.note(text),
        }),
      )
      progress.clear()
      if (counts.dead > 0) process.exitCode = 2
      printResult(
        flags,
        counts,
        () =>
          `${formatCount(counts.accepted)} items accepted, ${formatCount(counts.duplicates)} known already, ${formatCount(counts.dead)} dead letters.`,
      )
    })

  withStreamFlags(source.command('list').description('How far the group is behind, and the dead letters'))
    .argument('<stream>', 'key of the Redis Stream')
    .option('--last <count>', 'how many dead letters to show', number(0, 10_000), 20)
    .action(async (stream: string, flags: StreamFlags & { last: number }) =>
      withStream(stream, flags, async (opened) => {
        const lag = await opened.lag()
        const letters = flags.last > 0 ? await opened.letters(flags.last) : []
        const result = { stream, group: flags.group, ...lag, waiting: lag.waiting ?? null, letters }
        printResult(flags, result, () =>
          [
            `${stream}: ${lag.waiting ?? 'an unknown number of'} entries wait, ${lag.pending} are under way, ${lag.dead} dead letters.`,
            ...(letters.length > 0 ? ['', letterTable(letters)] : []),
          ].join('\n'),
        )
      }),
    )

  withSendFlags(
    source.command('replay').description('Send the dead letters again, after their cause was mended'),
  )
    .argument('<dataset>', names)
    .argument('<stream>', 'key of the Redis Stream')
    .action(async (dataset: string, stream: string, flags: SendFlags) => {
      const progress = createProgressLine()
      const { send, stop } = await sending(dataset, flags, 300_000, (text) => progress.note(text))
      const { still, ...counts } = await withStream(stream, flags, (opened) =>
        replay({
          stream: opened,
          read: itemReader(stream, flags.field),
          send,
          batch: flags.batch,
          stop,
        }),
      )
      if (still.length > 0) process.exitCode = 2
      printResult(flags, { ...counts, still }, () =>
        [
          `${counts.accepted} items accepted, ${counts.duplicates} known already, ${still.length} refused again.`,
          ...(still.length > 0 ? ['', letterTable(still)] : []),
        ].join('\n'),
      )
    })

  withStreamFlags(source.command('discard').description('Forget dead letters that nobody wants'))
    .argument('<stream>', 'key of the Redis Stream')
    .argument('<letters...>', 'their ids, as `source list` tells them')
    .action(async (stream: string, ids: string[], flags: StreamFlags) =>
      withStream(stream, flags, async (opened) => {
        const discarded = await opened.forget(ids)
        printResult(flags, { discarded }, () => `${discarded} of ${ids.length} dead letters forgotten.`)
      }),
    )
}
