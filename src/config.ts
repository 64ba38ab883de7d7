import { resolve } from 'node:path'
import { z } from 'zod'

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  })
const whole = (min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).describe(`a whole number from ${min} to ${max}`)
const list = <T extends string>(...items: [T, ...T[]]) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.enum(items)).min(1))

/** One row a setting: its shape, its default, an example for the error message, and what it is for (README prints this). */
export const settings = {
  PORT: {
    schema: whole(0, 65_535).default(4000),
    shape: 'a port, 0 for any free one',
    example: '4000',
    help: 'Port of HTTP, WebSocket and SSE',
  },
  HOST: {
    schema: z.string().min(1).default('127.0.0.1'),
    shape: 'a host name or address',
    example: '0.0.0.0',
    help: 'Address to listen on',
  },
  HELIOGRAPH_DATA_DIR: {
    schema: z.string().min(1).default('.heliograph'),
    shape: 'a folder',
    example: '.heliograph',
    help: 'Where the embedded stores keep their data',
  },
  DATABASE_URL: {
    schema: url('postgres:', 'postgresql:').optional(),
    shape: 'a postgres:// URL of a plain role',
    example: 'postgres://heliograph_app:secret@db:5432/heliograph',
    help: 'Postgres to use instead of the embedded one; a role that owns nothing',
  },
  DATABASE_OWNER_URL: {
    schema: url('postgres:', 'postgresql:').optional(),
    shape: 'a postgres:// URL of the owning role',
    example: 'postgres://owner:secret@db:5432/heliograph',
    help: 'Role that migrates; makes the role of DATABASE_URL if it is missing',
  },
  HELIOGRAPH_SECRET: {
    schema: z.string().min(32).optional(),
    shape: 'a secret of at least 32 characters',
    example: '$(openssl rand -hex 32)',
    help: 'Encrypts the keys that sign access tokens; needed with DATABASE_URL, made for you without',
  },
  CLICKHOUSE_URL: {
    schema: url('http:', 'https:', 'chdb:').optional(),
    shape: 'an http(s):// or chdb:// URL',
    example: 'http://default:secret@clickhouse:8123/heliograph',
    help: 'ClickHouse to use instead of the embedded one',
  },
  REDIS_URL: {
    schema: url('redis:', 'rediss:', 'unix:').optional(),
    shape: 'a redis:// URL',
    example: 'redis://:secret@redis:6379/0',
    help: 'Redis to use instead of the embedded one',
  },
  HELIOGRAPH_ROLES: {
    schema: list('server', 'ingest').default(['server', 'ingest']),
    shape: 'server, ingest or both',
    example: 'server,ingest',
    help: 'Parts of the program that this process runs',
  },
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    shape: 'trace, debug, info, warn, error or silent',
    example: 'info',
    help: 'Least severe line that is logged',
  },
  LOG_FORMAT: {
    schema: z.enum(['json', 'pretty']).default('json'),
    shape: 'json or pretty',
    example: 'json',
    help: 'Form of the log',
  },
  GRAPHIQL: {
    schema: z.stringbool().default(true),
    shape: 'true or false',
    example: 'true',
    help: 'Serve GraphiQL to browsers at /graphql',
  },
  HELIOGRAPH_URL: {
    schema: url('http:', 'https:').optional(),
    shape: 'an http(s):// URL',
    example: 'http://127.0.0.1:4000',
    help: 'Where the ingest command sends',
  },
  HELIOGRAPH_API_KEY: {
    schema: z.string().startsWith('hg_').optional(),
    shape: 'an API key',
    example: 'hg_live_…',
    help: 'Key of the ingest command',
  },
  // 2 MB holds about 10,000 samples: large enough to amortize a request, small enough that parsing it does not hold the loop.
  MAX_BODY_BYTES: {
    schema: whole(1024, 64 << 20).default(2 << 20),
    shape: 'bytes, 1024 to 67108864',
    example: '2097152',
    help: 'Largest request body',
  },
  INGEST_LOG_MAX_BYTES: {
    schema: whole(1 << 20, 2 ** 40).default(256 << 20),
    shape: 'bytes, at least 1048576',
    example: '268435456',
    help: 'Accepted rows that may wait per dataset before ingest answers 503',
  },
  SHUTDOWN_TIMEOUT_MS: {
    schema: whole(0, 600_000).default(15_000),
    shape: 'milliseconds, 0 to 600000',
    example: '15000',
    help: 'How long a stop waits for requests under way',
  },
} as const satisfies Record<string, { schema: z.ZodType; shape: string; example: string; help: string }>

type Settings = { readonly [K in keyof typeof settings]: z.output<(typeof settings)[K]['schema']> }
export type Config = Settings & { readonly dataDir: string }

/** Every wrong variable at once: its name, what was expected, and an example. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads and checks all settings; flags of the command line come as overrides. Throws ConfigError. */
export const loadConfig = (
  overrides: Partial<Record<keyof typeof settings, string | undefined>> = {},
  env = process.env,
): Config => {
  const values: Record<string, unknown> = {}
  const wrong: string[] = []
  for (const [name, { schema, shape, example }] of Object.entries(settings)) {
    const given = overrides[name as keyof typeof settings] ?? env[name]
    const result = schema.safeParse(given === '' ? undefined : given)
    if (result.success) values[name] = result.data
    else wrong.push(`  ${name}: expected ${shape}, for example ${name}=${example}`)
  }
  if (wrong.length > 0) throw new ConfigError(`These settings are wrong:\n${wrong.join('\n')}`)
  return { ...(values as Settings), dataDir: resolve(values.HELIOGRAPH_DATA_DIR as string) }
}
