import type { DomainFixture } from './fixture.ts'

export const streaming: DomainFixture = {
  nodes: {
    Stream: 'streams',
    StreamKey: 'stream_keys',
    StreamState: 'stream_states',
    Recording: 'recordings',
    Clip: 'clips',
  },

  rows: async ({ insert, common, stream, word, at }) => {
    const { tenant_id } = common()
    await insert('stream_states', { tenant_id, stream_id: stream, last_seen_at: at, issues: word })
    await insert('recordings', { ...common(), stream_id: stream, started_at: at })
    const clip = { title: word, starts_at: at, duration_ms: 1, requested_by: word }
    await insert('clips', { ...common(), stream_id: stream, ...clip })
  },

  constraints: {
    stream_states_health_check: {
      refused: [
        'UPDATE stream_states SET health_at = last_seen_at',
        'UPDATE stream_states SET health_event_id = stream_id',
        `UPDATE stream_states SET health_event_id = stream_id, health_at = last_seen_at + interval '1 ms'`,
      ],
      kept: ['UPDATE stream_states SET health_event_id = stream_id, health_at = last_seen_at'],
    },
    stream_states_tracks_check: {
      refused: [
        'UPDATE stream_states SET tracks_at = last_seen_at',
        'UPDATE stream_states SET tracks_event_id = stream_id',
        `UPDATE stream_states SET tracks_event_id = stream_id, tracks_at = last_seen_at + interval '1 ms'`,
      ],
      kept: ['UPDATE stream_states SET tracks_event_id = stream_id, tracks_at = last_seen_at'],
    },
    streams_live_check: {
      refused: [`UPDATE streams SET status = 'LIVE', started_at = now(), ended_at = now()`],
      kept: [`UPDATE streams SET status = 'LIVE', started_at = now()`],
    },
    streams_ended_at_check: {
      refused: [`UPDATE streams SET started_at = now(), ended_at = now() - interval '1 ms'`],
      kept: [
        'UPDATE streams SET started_at = now(), ended_at = now()',
        'UPDATE streams SET ended_at = now()',
      ],
    },
    recordings_ended_check: {
      refused: [
        `UPDATE recordings SET status = 'FINISHED'`,
        'UPDATE recordings SET ended_at = now()',
        `UPDATE recordings SET status = 'FAILED', ended_at = started_at - interval '1 ms'`,
      ],
      kept: [`UPDATE recordings SET status = 'FINISHED', ended_at = started_at`],
    },
    clips_progress_check: {
      refused: [
        'UPDATE clips SET progress = -1',
        'UPDATE clips SET progress = 101',
        `UPDATE clips SET status = 'READY', progress = 99`,
      ],
      kept: [`UPDATE clips SET status = 'READY', progress = 100`, 'UPDATE clips SET progress = 100'],
    },
    clips_failure_check: {
      refused: [`UPDATE clips SET status = 'FAILED'`, `UPDATE clips SET failure = 'No disk.'`],
      kept: [`UPDATE clips SET status = 'FAILED', failure = 'No disk.'`],
    },
    clips_duration_ms_check: { refused: ['UPDATE clips SET duration_ms = 0'], kept: [] },
    clips_size_bytes_check: { refused: ['UPDATE clips SET size_bytes = -1'], kept: [] },
    recordings_duration_ms_check: { refused: ['UPDATE recordings SET duration_ms = -1'], kept: [] },
    recordings_size_bytes_check: { refused: ['UPDATE recordings SET size_bytes = -1'], kept: [] },
    recordings_running_key: {
      refused: [
        `INSERT INTO recordings (id, tenant_id, stream_id, started_at)
         SELECT gen_random_uuid(), tenant_id, stream_id, started_at FROM recordings`,
      ],
      kept: [
        `INSERT INTO recordings (id, tenant_id, stream_id, started_at, status, ended_at)
         SELECT gen_random_uuid(), tenant_id, stream_id, started_at, 'FAILED', started_at FROM recordings`,
      ],
    },
  },

  facts: ({ word }) => ({
    stream_events: [
      {
        time: new Date().toISOString(),
        internal_name: `${word}-stream`,
        node_id: `${word}-node`,
        event_type: `${word}-event`,
        message: `${word} message`,
        event_data: { page: word },
      },
    ],
  }),

  inhabit: async ({ modules, permit, word, streams }) => {
    const { clips, recordings } = modules
    for (const internalName of streams) {
      const { stream } = await modules.streams.service.create(permit<'stream:write'>(), {
        internalName,
        title: `${word} title`,
        description: `${word} description`,
      })
      // It has been on the air, and is not.
      const onAir = { status: 'LIVE', at: new Date(Date.now() - 1_000) } as const
      const off = { status: 'OFFLINE', at: new Date() } as const
      await modules.streams.service.follow(permit<'stream:write'>(), new Map([[internalName, [onAir, off]]]))
      const clip = await clips.service.create(permit<'clip:write'>(), {
        streamId: stream.id,
        title: `${word} clip`,
        startsAt: new Date(Date.now() - 60_000),
        durationMs: 1_000n,
      })
      const made = { sizeBytes: 1n, storagePath: `${word}/clip.mp4` }
      const ready = { status: 'READY', at: new Date(), ...made } as const
      await clips.service.follow(permit<'clip:write'>(), new Map([[clip.id, [ready]]]))
      const { id } = await recordings.service.start(permit<'recording:write'>(), stream.id)
      // That of the second one runs on.
      if (internalName === streams[0]) await recordings.service.stop(permit<'recording:write'>(), { id })
    }
  },

  busy: async ({ modules, permit, tenant }, mark) => {
    const [clip] = await modules.clips.reads.page(tenant, { take: 1 })
    await modules.clips.service.update(permit<'clip:write'>(), { id: clip!.id, title: mark })
    const [stream] = await modules.streams.reads.page(tenant, { take: 1 })
    await modules.streams.service.update(permit<'stream:write'>(), { id: stream!.id, title: mark })
    const [running] = await modules.recordings.reads.page(tenant, { where: { status: 'RECORDING' }, take: 1 })
    const { id, streamId } = running!
    await modules.recordings.service.stop(permit<'recording:write'>(), { id, manifestPath: mark })
    await modules.recordings.service.start(permit<'recording:write'>(), streamId)
  },

  literals: ({ word, streams, id }) => ({
    'Query.streamByInternalName.internalName': JSON.stringify(streams[0]),
    // A page of 100 with all that each has costs more than an operation may.
    'Query.streams.first': '10',
    'Stream.keys.first': '2',
    'Stream.recordings.first': '2',
    'Stream.clips.first': '2',
    'Query.clips.first': '10',
    'Query.recordings.first': '10',
    'Subscription.recordingChanged.after': '"0-0"',
    'Subscription.streamChanged.after': '"0-0"',
    'Subscription.clipChanged.after': '"0-0"',
    'Mutation.createStream.input': `{ title: "New", internalName: "new-${word}" }`,
    'Mutation.rotateStreamKey.input': `{ id: ${id('Stream')} }`,
    'Mutation.updateStream.input': `{ id: ${id('Stream')}, title: "Other" }`,
    'Mutation.startStream.input': `{ id: ${id('Stream')} }`,
    'Mutation.endStream.input': `{ id: ${id('Stream')} }`,
    'Mutation.deleteStream.input': `{ id: ${id('Stream')} }`,
    'Mutation.createStreamKey.input': `{ streamId: ${id('Stream')}, name: "Spare" }`,
    'Mutation.renameStreamKey.input': `{ id: ${id('StreamKey')}, name: "Other" }`,
    'Mutation.revokeStreamKey.input': `{ id: ${id('StreamKey')} }`,
    'Mutation.validateStreamKey.input': '{ key: "none" }',
    'Mutation.createClip.input': `{ streamId: ${id('Stream')}, title: "New", startsAt: "${new Date(Date.now() - 60_000).toISOString()}", durationMs: "1000" }`,
    'Mutation.updateClip.input': `{ id: ${id('Clip')}, title: "Other" }`,
    'Mutation.deleteClip.input': `{ id: ${id('Clip')} }`,
    'Mutation.startRecording.input': `{ streamId: ${id('Stream')} }`,
    'Mutation.stopRecording.input': `{ id: ${id('Recording')} }`,
  }),

  audited: async (run) => {
    const { stream } = await run('createStream', { title: 'S' })
    await run('rotateStreamKey', { id: stream!.id })
    const { recording } = await run('startRecording', { streamId: stream!.id })
    await run('stopRecording', { id: recording!.id, sizeBytes: '1', manifestPath: 'p' })
    const { key } = await run('createStreamKey', { streamId: stream!.id, name: 'Spare' })
    await run('renameStreamKey', { id: key!.id, name: 'Other' })
    await run('revokeStreamKey', { id: key!.id })
    await run('updateStream', { id: stream!.id, title: 'T' })
    await run('startStream', { id: stream!.id })
    const startsAt = new Date(Date.now() - 60_000).toISOString()
    const { clip } = await run('createClip', {
      streamId: stream!.id,
      title: 'C',
      startsAt,
      durationMs: '1000',
    })
    await run('updateClip', { id: clip!.id, title: 'D' })
    await run('deleteClip', { id: clip!.id })
    await run('endStream', { id: stream!.id })
    await run('deleteStream', { id: stream!.id })
  },
}
