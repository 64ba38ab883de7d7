export type Severity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL'

export type LogLine = {
  readonly service: string
  readonly level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'
  readonly weight: number
  /** `{stream}`, `{node}`, `{n}`, `{ms}` and `{percent}` are filled in. */
  readonly message: string
}

/**
 * One way in which a node can be unwell: what viewers feel, what the log says, what the incident is called.
 */
export type Condition = {
  readonly kind: string
  readonly title: string
  readonly description: string
  /** Of a short trouble and of a long one. */
  readonly severity: { readonly minor: Severity; readonly major: Severity }
  /**
   * At full strength: part of the viewers that move away, and what quality, buffer and health lose, each 0 to
   * 1.
   */
  readonly shift: number
  readonly qualityLoss: number
  readonly bufferLoss: number
  readonly healthLoss: number
  readonly lines: readonly LogLine[]
  readonly notes: readonly string[]
}

const line = (service: string, level: LogLine['level'], weight: number, message: string): LogLine => ({
  service,
  level,
  weight,
  message,
})

export const conditions: readonly Condition[] = [
  {
    kind: 'egress_saturated',
    title: 'Egress saturated on {node}',
    description:
      'Outgoing traffic of {node} is at the limit of its uplink. Segments arrive late; the balancer moves viewers to the next node of the cluster.',
    severity: { minor: 'MEDIUM', major: 'HIGH' },
    shift: 0.55,
    qualityLoss: 0.35,
    bufferLoss: 0.45,
    healthLoss: 0.45,
    lines: [
      line('edge', 'ERROR', 6, 'segment of {stream} sent {ms} ms late: send queue full'),
      line('edge', 'ERROR', 3, 'uplink at {percent} % of its limit, {n} responses waiting'),
      line('edge', 'WARN', 3, 'shedding {n} viewers of {stream} to the next node'),
    ],
    notes: [
      'Uplink is full, not the CPU. Lowered the weight of {node}.',
      'Queue drains, weight is back to normal.',
    ],
  },
  {
    kind: 'packet_loss',
    title: 'Packet loss between origin and {node}',
    description: '{node} loses packets from the origin. WebRTC viewers see freezes, retransmissions grow.',
    severity: { minor: 'MEDIUM', major: 'CRITICAL' },
    shift: 0.75,
    qualityLoss: 0.55,
    bufferLoss: 0.5,
    healthLoss: 0.7,
    lines: [
      line('edge', 'ERROR', 6, 'pull of {stream} from origin lost {n} packets, {percent} % retransmitted'),
      line('edge', 'ERROR', 3, 'origin connection of {stream} timed out after {ms} ms'),
      line('edge', 'FATAL', 1, 'no data from origin for {ms} ms, dropping {stream}'),
      line('edge', 'WARN', 2, 'jitter of {stream} at {ms} ms'),
    ],
    notes: ['Carrier confirms a flapping link.', 'Rerouted over the second carrier, loss is gone.'],
  },
  {
    kind: 'transcoder_stalled',
    title: 'Transcoder falls behind on {node}',
    description: 'Renditions made on {node} are slower than real time, so players drop to the lowest one.',
    severity: { minor: 'LOW', major: 'HIGH' },
    shift: 0.3,
    qualityLoss: 0.4,
    bufferLoss: 0.6,
    healthLoss: 0.4,
    lines: [
      line('transcoder', 'ERROR', 6, 'rendition 1080p of {stream} is {ms} ms behind its source'),
      line('transcoder', 'ERROR', 3, 'encoder queue of {stream} overflowed, {n} frames dropped'),
      line('transcoder', 'FATAL', 1, 'encoder process for {stream} was killed: out of memory'),
      line('edge', 'WARN', 2, 'serving {stream} without its 1080p rendition'),
    ],
    notes: ['One stray job held both encoders; it was stopped.', 'All renditions are in real time again.'],
  },
  {
    kind: 'cache_disk_failing',
    title: 'Cache disk of {node} returns errors',
    description: 'Reads from the segment cache of {node} fail, so each miss goes back to the origin.',
    severity: { minor: 'MEDIUM', major: 'HIGH' },
    shift: 0.5,
    qualityLoss: 0.25,
    bufferLoss: 0.35,
    healthLoss: 0.55,
    lines: [
      line('edge', 'ERROR', 6, 'reading a cached segment of {stream} failed: input/output error'),
      line('edge', 'ERROR', 2, 'cache hit rate fell to {percent} %'),
      line('edge', 'WARN', 3, 'origin fetch of {stream} took {ms} ms'),
    ],
    notes: ['Cache moved to the second disk.', 'Hit rate recovers; the old disk is out for replacement.'],
  },
  {
    kind: 'ingest_reconnects',
    title: 'Encoders reconnect in a loop on {node}',
    description: 'Encoders that publish through {node} are cut off and connect again every few seconds.',
    severity: { minor: 'LOW', major: 'MEDIUM' },
    shift: 0.2,
    qualityLoss: 0.3,
    bufferLoss: 0.5,
    healthLoss: 0.3,
    lines: [
      line('ingest-gateway', 'ERROR', 6, 'publisher of {stream} closed the connection after {ms} ms'),
      line('ingest-gateway', 'ERROR', 2, 'handshake of {stream} failed: no key frame within {ms} ms'),
      line('ingest-gateway', 'WARN', 3, 'publisher of {stream} is back, attempt {n}'),
    ],
    notes: ['A keep-alive limit was set too low.', 'Limit corrected, publishers stay connected.'],
  },
]

/** What a healthy platform writes. */
export const quietLines: readonly LogLine[] = [
  line('edge', 'INFO', 24, 'viewer joined {stream}, first frame after {ms} ms'),
  line('edge', 'INFO', 14, 'served {n} segments of {stream}'),
  line('edge', 'DEBUG', 6, 'cache hit rate {percent} %'),
  line('edge', 'WARN', 3, 'slow client on {stream}, {ms} ms behind'),
  line('ingest-gateway', 'INFO', 9, 'publisher of {stream} sends {n} packets a second'),
  line('ingest-gateway', 'WARN', 2, 'late key frame on {stream}: {ms} ms'),
  line('transcoder', 'INFO', 9, 'renditions of {stream} in real time, encoder at {percent} % load'),
  line('transcoder', 'WARN', 1, 'frame of {stream} took {ms} ms'),
  line('api', 'INFO', 16, 'playback token issued for {stream} in {ms} ms'),
  line('api', 'WARN', 2, 'rate limit reached by a client, {n} requests refused'),
  line('billing', 'INFO', 5, 'usage of the last minute written, {n} records'),
  line('billing', 'WARN', 1, 'payment provider answered after {ms} ms'),
  line('scheduler', 'INFO', 3, '{n} recordings checked for retention'),
  line('api', 'ERROR', 0.4, 'webhook delivery failed, next attempt in {n} s'),
]
