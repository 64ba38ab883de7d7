import type { App } from '../app.ts'
import { demo } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import type { TenantId } from '../platform/ids.ts'
import type { DemoClip } from './entities.ts'
import { RECORDED } from './media-desk.ts'

/** Starts recordings of a few live streams and cuts clips of the first, each the first time. */
export const makeMedia = async (
  { clips, recordings, streams }: App['modules'],
  tenant: TenantId,
  wanted: readonly DemoClip[],
): Promise<void> => {
  const live = await streams.reads.page(tenant, {
    where: { status: 'LIVE' },
    orderBy: { internalName: 'asc' },
    take: RECORDED,
  })
  if ((await recordings.reads.count(tenant)) === 0)
    for (const { id } of live) await recordings.service.start(trustedPermit(tenant, demo), id)
  const [first] = live
  if (!first || (await clips.reads.count(tenant)) > 0) return
  for (const { title, startedAgoMs, durationMs, told } of wanted) {
    const startsAt = new Date(Date.now() - startedAgoMs)
    const asked = { streamId: first.id, title, startsAt, durationMs }
    const { id } = await clips.service.create(trustedPermit(tenant, demo), asked)
    if (told)
      await clips.service.follow(trustedPermit(tenant, demo), new Map([[id, [{ ...told, at: new Date() }]]]))
  }
}
