import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

export const nodeLoad: DomainFixture = {
  facts: ({ word, viewers, nodes }) => ({
    // One as far ahead as a clock may be, so that no node falls silent while the tests of the walls go on.
    node_samples: nodes.flatMap((node_id) =>
      [20, 1, -240].map((secondsAgo) => ({
        event_id: uuidv7(),
        time: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
        node_id,
        cpu_percent: 96,
        memory_percent: 40,
        disk_percent: 91,
        bandwidth_out: viewers * 1_000,
        connections_current: viewers,
        health_score: 70,
        tags: [`${word}-tag`],
        metadata: { of: `${word}-metadata` },
      })),
    ),
  }),

  longest: {
    'Analytics.nodesInTrouble': 500,
    'EdgeNodeHealthHistory.intervals': 500,
    'NodeInTrouble.troubles': 4,
    'NodeLoadSeries.points': 3_000,
  },

  literals: ({ id }) => ({
    'EdgeNode.load.range': '{ last: "PT10M" }',
    'EdgeNode.load.step': '"PT5M"',
    'EdgeNode.healthHistory.range': '{ last: "PT10M" }',
    'Cluster.load.range': '{ last: "PT10M" }',
    'Cluster.load.step': '"PT5M"',
    'Analytics.nodeLoad.range': '{ last: "PT10M" }',
    'Analytics.nodeLoad.step': '"PT5M"',
    'Subscription.edgeNodeLoad.id': id('EdgeNode'),
  }),
}
