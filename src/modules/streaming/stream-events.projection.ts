import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import { projection } from '../../ingest/projection.ts'
import type { ClipStore } from './clip.store.ts'
import type { RecordingStore } from './recording.store.ts'
import { streamEvents } from './stream-events.dataset.ts'
import { clipFactOf, recordingFactOf, streamFactOf } from './stream-events.rules.ts'
import type { StreamStore } from './stream.store.ts'

type Follows = {
  readonly streams: { readonly service: Pick<StreamStore, 'follow'> }
  readonly clips: { readonly service: Pick<ClipStore, 'follow'> }
  readonly recordings: { readonly service: Pick<RecordingStore, 'follow'> }
}

const actor = programActor('ingest')

/** Facts that there are, by what they are about. */
const grouped = <Row, Fact>(
  rows: readonly Row[],
  factOf: (row: Row) => Fact | undefined,
  key: (fact: Fact, row: Row) => string,
): Map<string, Fact[]> => {
  const facts = new Map<string, Fact[]>()
  for (const row of rows) {
    const fact = factOf(row)
    if (!fact) continue
    const of = key(fact, row)
    const own = facts.get(of)
    if (own) own.push(fact)
    else facts.set(of, [fact])
  }
  return facts
}

/**
 * Events of streams move streams, clips and recordings. What they name and is not there is left: the events
 * stay, and are asked for by name.
 */
export const streamEventsProjection = ({ streams, clips, recordings }: Follows) =>
  projection(streamEvents, async (tenant, rows) => {
    const ofStreams = grouped(rows, streamFactOf, (_fact, { internal_name }) => internal_name)
    const ofClips = grouped(rows, clipFactOf, ({ id }) => id)
    const ofRecordings = grouped(rows, recordingFactOf, ({ id }) => id)
    if (ofStreams.size > 0)
      await streams.service.follow(trustedPermit<'stream:write'>(tenant, actor), ofStreams)
    if (ofClips.size > 0) await clips.service.follow(trustedPermit<'clip:write'>(tenant, actor), ofClips)
    if (ofRecordings.size > 0)
      await recordings.service.follow(trustedPermit<'recording:write'>(tenant, actor), ofRecordings)
  })
