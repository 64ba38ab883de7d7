import type { Rewritten } from './rewrite.ts'

/** NAB's series that fit into the 30 days for which samples are kept, and what each is of a node. */
export const nodeSeries = [
  { file: 'ec2_cpu_utilization_825cc2', measure: 'cpu' },
  { file: 'ec2_cpu_utilization_fe7f93', measure: 'cpu' },
  { file: 'rds_cpu_utilization_e47b3b', measure: 'cpu' },
  { file: 'ec2_network_in_257a54', measure: 'network' },
] as const
export type NodeSeries = (typeof nodeSeries)[number]

/** Bytes of five minutes as whole bits a second. */
export const bitsASecond = (bytes: number): number => Math.round((bytes * 8) / 300)

/** Lines like `2014-04-10 00:04:00,91.958`, in UTC. */
export const rewriteSeries = ({ file, measure }: NodeSeries, csv: string): Rewritten => ({
  timeFormat: 'unix-ms',
  lines: csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [at = '', value = ''] = line.trim().split(',')
      const time = Date.parse(`${at.replace(' ', 'T')}Z`)
      const measured =
        measure === 'cpu' ? { cpu_percent: Number(value) } : { bandwidth_in: bitsASecond(Number(value)) }
      return JSON.stringify({ time, node_id: file, ...measured })
    }),
})

type Status = {
  timestamp: number
  connections: { active: number }
  requests: { total: number; current: number }
  upstreams: Record<string, { peers: { state: string }[] }>
}

/** Snapshots of a web server: a node is as well as the servers behind it that are up. */
export const rewriteStatus = (node_id: string, text: string): Rewritten => ({
  timeFormat: 'unix-ms',
  lines: text
    .trim()
    .split('\n')
    .map((line) => {
      const { timestamp: time, connections, requests, upstreams } = JSON.parse(line) as Status
      const peers = Object.values(upstreams).flatMap((each) => each.peers)
      const up = peers.filter(({ state }) => state === 'up').length
      return JSON.stringify({
        time,
        node_id,
        connections_current: connections.active,
        health_score: Math.round((100 * up) / peers.length),
        metadata: { requests },
      })
    }),
})
