import { defineDataset } from '../../ingest/dataset.ts'
import { attributes, field, text, time, uuid } from '../../ingest/fields.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import type { LogLevel } from './log-level.ts'

/** Spellings of syslog, log4j, Python, Go, nginx and Windows. What is not here is refused, not guessed; log4j pads them. */
const spellings: Readonly<Record<LogLevel, readonly string[]>> = {
  TRACE: ['trace', 'finest', 'finer', 'verbose', 'silly'],
  DEBUG: ['debug', 'fine', 'dbg'],
  INFO: ['info', 'information', 'informational', 'notice', 'config', 'log'],
  WARN: ['warn', 'warning'],
  ERROR: ['error', 'err', 'severe'],
  FATAL: ['fatal', 'crit', 'critical', 'alert', 'emerg', 'emergency', 'panic'],
}

const levels = new Map<string, LogLevel>(
  Object.entries(spellings).flatMap(([level, names]) =>
    names.map((name) => [name, level as LogLevel] as const),
  ),
)

const level = field('a level: trace, debug, info, warn, error or fatal', (value) =>
  typeof value === 'string' ? levels.get(value.trim().toLowerCase()) : undefined,
)

/** One line of a log. */
export const logEvents = defineDataset({
  name: 'log_events',
  fields: {
    time: time(),
    project: uuid().default(NIL_UUID),
    environment: uuid().default(NIL_UUID),
    service: text(128).default(''),
    // The longest DNS name has 253 characters.
    host: text(255).default(''),
    level: level.default('INFO'),
    // A long Java stack trace has 20,000 characters. Longer ones are refused rather than cut in silence.
    message: text(32_768),
    // W3C trace ids have 32 characters, those of other systems up to twice that.
    trace_id: text(128).default(''),
    attributes: attributes(),
  },
  columns: { project: 'project_id', environment: 'environment_id' },
  project: 'project',
})
