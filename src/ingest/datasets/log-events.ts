import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { eventId, field, NIL_UUID, readText, text, time, uuid, wellFormed } from '../fields.ts'

/** Spellings of syslog, log4j, Python, Go, nginx and Windows. What is not here is refused, not guessed. */
const spellings = {
  TRACE: ['trace', 'finest', 'finer', 'verbose', 'silly'],
  DEBUG: ['debug', 'fine', 'dbg'],
  INFO: ['info', 'information', 'informational', 'notice', 'config', 'log'],
  WARN: ['warn', 'warning'],
  ERROR: ['error', 'err', 'severe'],
  FATAL: ['fatal', 'crit', 'critical', 'alert', 'emerg', 'emergency', 'panic'],
} as const

export type LogLevel = keyof typeof spellings

const levels = new Map<string, LogLevel>(
  Object.entries(spellings).flatMap(([level, names]) =>
    names.map((name) => [name, level as LogLevel] as const),
  ),
)

const level = field('a level: trace, debug, info, warn, error or fatal', (value) =>
  typeof value === 'string' ? levels.get(value.toLowerCase()) : undefined,
)

/** 64 labels: more are a document, which belongs into the message; each name is a LowCardinality value for ever. */
const MAX_ATTRIBUTES = 64
const attributeValue = field('text of at most 1024 characters, a number or a boolean', (value) =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : readText(value, 1024),
)
const attributes = z
  .record(
    z.string().min(1).max(128).overwrite(wellFormed),
    attributeValue,
    'an object of names (1 to 128 characters) and texts',
  )
  .refine((map) => Object.keys(map).length <= MAX_ATTRIBUTES, {
    error: `at most ${MAX_ATTRIBUTES} attributes`,
  })

const schema = z.strictObject({
  event_id: eventId().optional(),
  time: time(),
  level: level.default('INFO'),
  // A long Java stack trace has 20,000 characters. Longer ones are refused rather than cut in silence.
  message: text(32_768),
  service: text(128).default(''),
  // The longest DNS name has 253 characters.
  host: text(255).default(''),
  project: uuid().default(NIL_UUID),
  environment: uuid().default(NIL_UUID),
  // W3C trace ids have 32 characters, those of other systems up to twice that.
  trace_id: text(128).default(''),
  attributes: attributes.default({}),
})

type LogEvent = z.output<typeof schema>

/** One line of a log. */
export const logEvents: Dataset<LogEvent> = {
  name: 'log_events',
  table: 'log_events',
  columns: [
    'tenant_id',
    'event_id',
    'time',
    'project_id',
    'environment_id',
    'service',
    'host',
    'level',
    'message',
    'trace_id',
    'attributes',
  ],
  schema,
  projectField: 'project',
  toLine: (tenant, item, id) =>
    JSON.stringify([
      tenant,
      id,
      item.time,
      item.project,
      item.environment,
      item.service,
      item.host,
      item.level,
      item.message,
      item.trace_id,
      item.attributes,
    ]),
}
