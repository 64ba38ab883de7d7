import type { Literals } from './everything.ts'
import type { Inhabitant } from './inhabitant.ts'

const text = (value: string): string => JSON.stringify(value)

/** Every argument of the graph that names something, naming what is `owner`'s. */
export const literalsOf = (owner: Inhabitant): Literals => {
  const { ids, globalIds } = owner
  return {
    'Query.node.id': text(ids.Stream![0]!),
    'Query.nodes.ids': JSON.stringify(globalIds),
    'Query.streamByInternalName.internalName': text(owner.streams[0]!),
    'Query.streams.first': '100',
    'Query.incidents.first': '100',
    'Query.edgeNodes.first': '100',
    'Query.logs.first': '100',
    'Stream.viewers.range': '{ last: "PT10M" }',
    'Stream.viewers.step': '"PT5M"',
    'Analytics.logLevels.range': '{ last: "PT10M" }',
    'Analytics.logLevels.step': '"PT5M"',
    'Analytics.viewersNow.by': 'STREAM',
    'Mutation.createStream.input': `{ title: "New", internalName: "new-${owner.word}" }`,
    'Mutation.rotateStreamKey.streamId': text(ids.Stream![0]!),
    'Mutation.openIncident.input': `{ title: "New", severity: LOW, fingerprint: "new" }`,
    'Mutation.changeIncidentStatus.input': `{ id: ${text(ids.Incident![0]!)}, status: RESOLVED }`,
    'Mutation.addIncidentNote.input': `{ id: ${text(ids.Incident![0]!)}, note: "Hello" }`,
    'Subscription.viewerMetrics.streamId': text(ids.Stream![0]!),
  }
}
