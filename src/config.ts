import { resolve } from 'node:path'
import { z } from 'zod'

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  })
const whole = (min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).describe(`a whole number from ${min} to ${max}`)
const items = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
const origins = items
  // Exactly what a browser sends: scheme, host and port, no path, no slash at the end, no star.
  .pipe(z.array(z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text)))
const list = <T extends string>(...names: [T, ...T[]]) => items.pipe(z.array(z.enum(names)).min(1))

/** https, or http that does not leave this machine: codes, tokens and the secret of a client go there. */
const isPrivate = ({ protocol, hostname, username, password, search, hash }: URL): boolean =>
  (protocol === 'https:' ||
    (protocol === 'http:' && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(hostname))) &&
  [username, password, search, hash].every((part) => part === '')
const privateUrl = z.string().refine((text) => URL.canParse(text) && isPrivate(new URL(text)))
const privateOrigin = privateUrl.refine((text) => URL.parse(text)?.origin === text)
// Compared as text with what comes back, so in the one form that URLs are normalized to.
const redirectUris = items.pipe(
  z.array(privateUrl.refine((text) => URL.parse(text)?.href === text && !/[?#]/.test(text))),
)

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
    help: "Encrypts the keys that sign access tokens; the data folder's own unless set, so set it where processes share a Postgres",
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
  OAUTH_REDIRECT_URIS: {
    schema: redirectUris.default([]),
    shape: 'https:// URLs without ? and # (http:// on this machine), separated by commas',
    example: 'https://dash.example.com/signed-in',
    help: 'Pages of web clients that a sign-in with a provider may return to (docs/access.md)',
  },
  OAUTH_GITHUB_CLIENT_ID: {
    schema: z.string().min(1).optional(),
    shape: 'the client ID of an OAuth app',
    example: 'Ov23li…',
    help: 'Sign in with GitHub',
  },
  OAUTH_GITHUB_CLIENT_SECRET: {
    schema: z.string().min(1).optional(),
    shape: 'the secret that belongs to it',
    example: '…',
    help: 'Sign in with GitHub',
  },
  OAUTH_GITHUB_URL: {
    schema: privateOrigin.default('https://github.com'),
    shape: 'an https:// origin (http:// on this machine)',
    example: 'https://github.example.com',
    help: 'GitHub, or a GitHub Enterprise Server',
  },
  OAUTH_GOOGLE_CLIENT_ID: {
    schema: z.string().min(1).optional(),
    shape: 'the ID of an OAuth client',
    example: '….apps.googleusercontent.com',
    help: 'Sign in with Google',
  },
  OAUTH_GOOGLE_CLIENT_SECRET: {
    schema: z.string().min(1).optional(),
    shape: 'the secret that belongs to it',
    example: 'GOCSPX-…',
    help: 'Sign in with Google',
  },
  OAUTH_OIDC_ISSUER: {
    schema: privateUrl.optional(),
    shape: 'an https:// URL (http:// on this machine)',
    example: 'https://login.example.com',
    help: 'Sign in with any other OpenID Connect provider: its issuer',
  },
  OAUTH_OIDC_CLIENT_ID: {
    schema: z.string().min(1).optional(),
    shape: 'the ID of a client there',
    example: 'heliograph',
    help: 'The client at that provider',
  },
  OAUTH_OIDC_CLIENT_SECRET: {
    schema: z.string().min(1).optional(),
    shape: 'the secret that belongs to it',
    example: '…',
    help: 'The client at that provider',
  },
  OAUTH_OIDC_NAME: {
    schema: z.string().min(1).max(100).default('Single sign-on'),
    shape: 'a name for people',
    example: 'Example Ltd',
    help: 'How people know that provider',
  },
  // 2 MB holds about 10,000 samples: large enough to amortize a request, small enough that parsing it does not hold the loop.
  MAX_BODY_BYTES: {
    schema: whole(1024, 64 << 20).default(2 << 20),
    shape: 'bytes, 1024 to 67108864',
    example: '2097152',
    help: 'Largest body of ingest; a GraphQL request has at most 256 KiB of it',
  },
  INGEST_LOG_MAX_BYTES: {
    schema: whole(1 << 20, 2 ** 40).default(256 << 20),
    shape: 'bytes, at least 1048576',
    example: '268435456',
    help: 'Accepted rows that may wait per dataset before ingest answers 503',
  },
  INTROSPECTION: {
    schema: z.stringbool().default(true),
    shape: 'true or false',
    example: 'false',
    help: 'Tell the schema to whoever asks for it with a query',
  },
  CORS_ORIGINS: {
    schema: origins.default([]),
    shape: 'origins, separated by commas',
    example: 'https://dash.example.com,https://ops.example.com',
    help: 'Sites whose pages may use this server from a browser; its own pages always may',
  },
  // Ten of the costliest operations that there are, each second. The bound is GraphQL's Int, which tells it.
  RATE_LIMIT_COST: {
    schema: whole(0, 2 ** 31 - 1).default(3_000_000),
    shape: 'points a minute, 0 for no limit',
    example: '3000000',
    help: 'Cost of the operations of one tenant in a minute (docs/limits.md)',
  },
  // Two thousand a second are more than one process answers; whoever sends as many is no person and no dashboard.
  RATE_LIMIT_REQUESTS: {
    schema: whole(0, 2 ** 31 - 1).default(120_000),
    shape: 'requests a minute, 0 for no limit',
    example: '120000',
    help: 'Requests from one address in a minute',
  },
  // Half a million a second: several times what one process takes in.
  RATE_LIMIT_ROWS: {
    schema: whole(0, 2 ** 31 - 1).default(30_000_000),
    shape: 'rows a minute, 0 for no limit',
    example: '30000000',
    help: 'Rows that one tenant may send in a minute',
  },
  PROXY_HOPS: {
    schema: whole(0, 10).default(0),
    shape: 'a number of proxies, 0 to 10',
    example: '1',
    help: 'Proxies in front whose X-Forwarded-For is believed for the address of a client',
  },
  // More than the 15 s of a Postgres statement and the 10 s of a ClickHouse question, so that they end first and say which it was.
  OPERATION_TIMEOUT_MS: {
    schema: whole(0, 600_000).default(20_000),
    shape: 'milliseconds, 0 for no limit',
    example: '20000',
    help: 'How long one query or mutation may take',
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

/** Settings that are good together or not at all. With any of these sets there must be a page to return to. */
const together: readonly (readonly (keyof Settings)[])[] = [
  ['OAUTH_GITHUB_CLIENT_ID', 'OAUTH_GITHUB_CLIENT_SECRET'],
  ['OAUTH_GOOGLE_CLIENT_ID', 'OAUTH_GOOGLE_CLIENT_SECRET'],
  ['OAUTH_OIDC_ISSUER', 'OAUTH_OIDC_CLIENT_ID', 'OAUTH_OIDC_CLIENT_SECRET'],
]

/** What is missing beside what was given, with the setting that wants it. */
const missing = (isGiven: (name: keyof Settings) => boolean): [keyof Settings, keyof Settings][] =>
  together.flatMap((names) => {
    const given = names.find(isGiven)
    if (given === undefined) return []
    const lacking = [...names, 'OAUTH_REDIRECT_URIS' as const].filter((name) => !isGiven(name))
    return lacking.map((name): [keyof Settings, keyof Settings] => [name, given])
  })

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
  const givenOf = (name: string): string | undefined =>
    (overrides[name as keyof typeof settings] ?? env[name]) || undefined
  for (const [name, { schema, shape, example }] of Object.entries(settings)) {
    const result = schema.safeParse(givenOf(name))
    if (result.success) values[name] = result.data
    else wrong.push(`  ${name}: expected ${shape}, for example ${name}=${example}`)
  }
  const lacking = new Map(missing((name) => givenOf(name) !== undefined))
  for (const [name, besides] of lacking)
    wrong.push(`  ${name}: is needed with ${besides}, for example ${name}=${settings[name].example}`)
  if (wrong.length > 0) throw new ConfigError(`These settings are wrong:\n${wrong.join('\n')}`)
  return { ...(values as Settings), dataDir: resolve(values.HELIOGRAPH_DATA_DIR as string) }
}
