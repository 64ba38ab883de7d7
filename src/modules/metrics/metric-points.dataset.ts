import { defineDataset } from '../../ingest/dataset.ts'
import { attributes, field, text, time, uuid } from '../../ingest/fields.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import { digitsOf } from '../../platform/json.ts'
import { metricKinds, type MetricKind } from './metric-kind.ts'

/** OpenTelemetry's form of a name (255 characters, dots, dashes, slashes) and Prometheus' (colons, _ at the start). */
const name = field(
  'a name of 1 to 255 letters, digits and _ . - / : that begins with a letter, _ or :',
  (value) => (typeof value === 'string' && /^[A-Za-z_:][\w.\-/:]{0,254}$/.test(value) ? value : undefined),
)

const kinds = new Map(metricKinds.map((kind) => [kind.toLowerCase(), kind]))
const kind = field('a kind: gauge, counter or histogram', (value): MetricKind | undefined =>
  typeof value === 'string' ? kinds.get(value.toLowerCase()) : undefined,
)

/** Sums of a year of points of this size are still finite. */
const MAX_VALUE = 1e300
const value = field(
  'a finite number (at most 1e300), and not NaN or Infinity: leave out what was not measured',
  (sent) => {
    const digits = digitsOf(sent)
    const read = digits === undefined ? sent : Number(digits)
    return typeof read === 'number' && Math.abs(read) <= MAX_VALUE ? read : undefined
  },
  { numeric: true },
)

/** One point of a metric. */
export const metricPoints = defineDataset({
  name: 'metric_points',
  fields: {
    time: time(),
    project: uuid().default(NIL_UUID),
    environment: uuid().default(NIL_UUID),
    service: text(128).default(''),
    // The longest DNS name has 253 characters.
    host: text(255).default(''),
    name,
    kind: kind.default('GAUGE'),
    // As OpenTelemetry bounds it.
    unit: text(63).default(''),
    value,
    // Each combination of values is a series. What points are told apart by is asked for by name, together with these two.
    labels: attributes({
      many: 32,
      names: {
        expected:
          '1 to 128 letters, digits and _ . - /, beginning with a letter or _; service and host are fields',
        is: (label) => /^[A-Za-z_][\w.\-/]{0,127}$/.test(label) && label !== 'service' && label !== 'host',
      },
    }),
  },
  columns: { project: 'project_id', environment: 'environment_id' },
  project: 'project',
  refuse: (point) =>
    point.kind === 'COUNTER' && point.value < 0
      ? { field: 'value', message: 'at least 0: the running total of a counter; what goes down is a gauge' }
      : undefined,
})
