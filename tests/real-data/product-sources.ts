/** Files whose lines are product events, and the words of the README for their numbers. */
export type ProductSource = {
  readonly path: string
  readonly eventType: string
  readonly flags: readonly string[]
  readonly lines: string
  readonly records: string
  readonly left: string
  /** The time of a line, counted again beside the import; undefined for a line that is no event. */
  readonly timeOf: (line: string) => string | number | undefined
}

export const productSources: readonly [ProductSource, ProductSource] = [
  {
    path: 'usagov/bitly_usagov_part1.jsonl',
    eventType: 'click',
    flags: ['--rest', 'properties', '--time-column', 't'],
    lines: '# JSON lines',
    records: '# clicks',
    left: '# heartbeat lines',
    timeOf: (line) => /"t": (\d+)/.exec(line)?.[1],
  },
  {
    path: 'elastic/apache_access_part1.log.txt',
    eventType: 'request',
    flags: ['--format', 'access', '--rest', 'properties', '--map', 'client=user_id'],
    lines: '# lines',
    records: '# lines',
    left: 'not matching combined format #',
    timeOf: (line) => /\[([^\]]+)\]/.exec(line)?.[1],
  },
]
