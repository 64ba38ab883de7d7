import type { App } from '../app.ts'
import { demo } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import type { TenantId } from '../platform/ids.ts'
import { clipStageAt, recordingEndOf, type MediaEvent } from './media-schedule.ts'

/** A clip is asked for so long after the one before. */
const CLIP_EVERY_MS = 120_000
const CLIP_MS = 30_000
const CLIP_KEPT_MS = 86_400_000
/** Most clips or recordings that are looked at in one step. */
const AT_ONCE = 100
/** As many streams are recorded at a time. */
export const RECORDED = 3

type Parts = {
  readonly modules: Pick<App['modules'], 'clips' | 'recordings' | 'streams'>
  readonly tenant: TenantId
  readonly accept: (events: readonly MediaEvent[]) => Promise<void>
}

/**
 * The demo's media server: people ask for clips, which it cuts, and it ends long recordings and begins others. It
 * remembers nothing, so it goes on after a restart where it was. `nowMs`: Unix milliseconds.
 */
export const createMediaDesk = ({ modules, tenant, accept }: Parts) => {
  const { clips, recordings, streams } = modules

  const askForClip = async (nowMs: number): Promise<void> => {
    const [newest] = await clips.reads.page(tenant, {
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: 1,
    })
    if (newest && nowMs - newest.createdAt.getTime() < CLIP_EVERY_MS) return
    const where = { status: 'LIVE' } as const
    const live = await streams.reads.count(tenant, where)
    if (live === 0) return
    const turn = Math.floor(nowMs / CLIP_EVERY_MS)
    const [stream] = await streams.reads.page(tenant, {
      where,
      orderBy: { internalName: 'asc' },
      skip: turn % live,
      take: 1,
    })
    if (!stream) return
    await clips.service.create(trustedPermit(tenant, demo), {
      streamId: stream.id,
      title: `Highlight ${turn % 1_000}`,
      startsAt: new Date(nowMs - 2 * CLIP_EVERY_MS),
      durationMs: BigInt(CLIP_MS),
      retentionUntil: new Date(nowMs + CLIP_KEPT_MS),
    })
  }

  /** Of streams that are still there. */
  const namesOf = async (rows: readonly { streamId: string }[]): Promise<ReadonlyMap<string, string>> => {
    if (rows.length === 0) return new Map()
    const found = await streams.reads.page(tenant, { where: { id: { in: rows.map((row) => row.streamId) } } })
    return new Map(found.map(({ id, internalName }) => [id, internalName]))
  }

  const startRecording = async (recorded: readonly string[]): Promise<void> => {
    const where = { status: 'LIVE' as const, id: { notIn: [...recorded] } }
    const [stream] = await streams.reads.page(tenant, { where, orderBy: { startedAt: 'desc' }, take: 1 })
    if (stream) await recordings.service.start(trustedPermit(tenant, demo), stream.id)
  }

  return {
    live: async (nowMs: number): Promise<void> => {
      await askForClip(nowMs)
      const unfinished = await clips.reads.page(tenant, {
        where: { status: { in: ['REQUESTED', 'PROCESSING'] } },
        take: AT_ONCE,
      })
      const running = await recordings.reads.page(tenant, { where: { status: 'RECORDING' }, take: AT_ONCE })
      if (running.length < RECORDED) await startRecording(running.map(({ streamId }) => streamId))
      const names = await namesOf([...unfinished, ...running])
      const named = (streamId: string) => names.get(streamId) ?? ''
      const events = [
        ...unfinished.map((clip) => clipStageAt(clip, named(clip.streamId), nowMs)),
        ...running.map((recording) => recordingEndOf(recording, named(recording.streamId), nowMs)),
      ].filter((event) => event !== undefined && event.internal_name !== '')
      if (events.length > 0) await accept(events as MediaEvent[])
    },
  }
}
