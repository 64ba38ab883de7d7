import type { DomainFixture } from './fixture.ts'

export const streaming: DomainFixture = {
  nodes: { Stream: 'streams', StreamKey: 'stream_keys' },

  inhabit: async ({ modules, permit, word, streams }) => {
    for (const internalName of streams)
      await modules.streams.service.create(permit<'stream:write'>(), {
        internalName,
        title: `${word} title`,
        description: `${word} description`,
      })
  },

  literals: ({ word, streams, id }) => ({
    'Query.streamByInternalName.internalName': JSON.stringify(streams[0]),
    // A page of 100 with all that each has costs more than an operation may.
    'Query.streams.first': '10',
    'Stream.keys.first': '2',
    'Mutation.createStream.input': `{ title: "New", internalName: "new-${word}" }`,
    'Mutation.rotateStreamKey.input': `{ id: ${id('Stream')} }`,
  }),

  audited: async (run) => {
    const { stream } = await run('createStream', { title: 'S' })
    await run('rotateStreamKey', { id: stream!.id })
  },
}
