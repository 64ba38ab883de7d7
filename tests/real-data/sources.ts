/** The folders' files that are imported, and the flags with which `heliograph ingest` takes each. */
export type LogSource = {
  readonly path: string
  readonly service: string
  readonly flags: readonly string[]
  /** The format of the first and last time in the README, where it is not ISO. */
  readonly readmeTime?: { readonly format: string; readonly year?: number }
}

const map = (fields: Record<string, string>): string[] =>
  Object.entries(fields).flatMap(([column, field]) => ['--map', `${column}=${field}`])
const times = (format: string, ...columns: string[]): string[] => [
  ...columns.flatMap((column) => ['--time-column', column]),
  '--time-format',
  format,
]
const events = { EventId: 'attributes.event_id', EventTemplate: 'attributes.event_template' }

// A record of Kafka's goes on until the next line with a time.
const kafka = [
  '--format=pattern',
  '--record-start=^\\[\\d{4}-',
  '--pattern=\\[(?<time>[^\\]]+)\\] (?<level>\\w+) (?<message>.*)',
]

export const logSources: readonly LogSource[] = [
  {
    path: 'elastic/kafka0_server.log.txt',
    service: 'kafka0',
    flags: kafka,
    readmeTime: { format: '%Y-%m-%d %H:%M:%S,%f' },
  },
  {
    path: 'elastic/kafka1_state-change.log.txt',
    service: 'kafka1',
    flags: kafka,
    readmeTime: { format: '%Y-%m-%d %H:%M:%S,%f' },
  },
  {
    path: 'elastic/apache_access_part1.log.txt',
    service: 'semicomplete',
    flags: ['--format', 'access'],
  },
  {
    path: 'loghub/Apache_2k.log_structured.csv',
    service: 'apache',
    flags: [
      ...map({ Level: 'level', Content: 'message', ...events }),
      ...times('%a %b %d %H:%M:%S %Y', 'Time'),
    ],
    readmeTime: { format: '%a %b %d %H:%M:%S %Y' },
  },
  {
    path: 'loghub/OpenSSH_2k.log_structured.csv',
    service: 'sshd',
    flags: [
      ...map({ Component: 'host', Content: 'message', Pid: 'attributes.pid', ...events }),
      ...times('%b %d %H:%M:%S', 'Date', 'Day', 'Time'),
      '--time-year',
      '2017',
    ],
    // "(no year)": the same made-up one on both sides.
    readmeTime: { format: '%b %d %H:%M:%S', year: 2017 },
  },
  {
    path: 'loghub/OpenStack_2k.log_structured.csv',
    service: 'openstack',
    flags: [
      ...map({ Level: 'level', Content: 'message', Logrecord: 'attributes.file', ...events }),
      ...times('%Y-%m-%d %H:%M:%S.%f', 'Date', 'Time'),
    ],
    readmeTime: { format: '%Y-%m-%d %H:%M:%S.%f' },
  },
  {
    path: 'loghub/Hadoop_2k.log_structured.csv',
    service: 'hadoop',
    flags: [
      ...map({ Level: 'level', Content: 'message', Component: 'attributes.component', ...events }),
      ...times('%Y-%m-%d %H:%M:%S,%f', 'Date', 'Time'),
    ],
    readmeTime: { format: '%Y-%m-%d %H:%M:%S,%f' },
  },
]
