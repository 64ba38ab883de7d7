import type { DomainFixture } from './fixture.ts'

export const streaming: DomainFixture = {
  nodes: { Stream: 'streams', StreamKey: 'stream_keys', Recording: 'recordings' },

  rows: ({ insert, common, stream, at }) =>
    insert('recordings', { ...common(), stream_id: stream, started_at: at }),

  constraints: {
    recordings_ended_check: {
      refused: [
        `UPDATE recordings SET status = 'FINISHED'`,
        'UPDATE recordings SET ended_at = now()',
        `UPDATE recordings SET status = 'FAILED', ended_at = started_at - interval '1 ms'`,
      ],
      kept: [`UPDATE recordings SET status = 'FINISHED', ended_at = started_at`],
    },
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

  inhabit: async ({ modules, permit, word, streams }) => {
    const { recordings } = modules
    for (const internalName of streams) {
      const { stream } = await modules.streams.service.create(permit<'stream:write'>(), {
        internalName,
        title: `${word} title`,
        description: `${word} description`,
      })
      const { id } = await recordings.service.start(permit<'recording:write'>(), stream.id)
      // That of the second one runs on.
      if (internalName === streams[0]) await recordings.service.stop(permit<'recording:write'>(), { id })
    }
  },

  busy: async ({ modules, permit, tenant }, mark) => {
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
    'Query.recordings.first': '10',
    'Subscription.recordingChanged.after': '"0-0"',
    'Mutation.createStream.input': `{ title: "New", internalName: "new-${word}" }`,
    'Mutation.rotateStreamKey.input': `{ id: ${id('Stream')} }`,
    'Mutation.startRecording.input': `{ streamId: ${id('Stream')} }`,
    'Mutation.stopRecording.input': `{ id: ${id('Recording')} }`,
  }),

  audited: async (run) => {
    const { stream } = await run('createStream', { title: 'S' })
    await run('rotateStreamKey', { id: stream!.id })
    const { recording } = await run('startRecording', { streamId: stream!.id })
    await run('stopRecording', { id: recording!.id, sizeBytes: '1', manifestPath: 'p' })
  },
}
