import { z } from 'zod'
import * as shape from './settings.shapes.ts'

export type Setting = {
  readonly schema: z.ZodType
  /** What a value has to be, for the message about a wrong one. */
  readonly shape: string
  readonly example: string
  /** What the setting is for. */
  readonly help: string
}

/** All settings, in groups. `docs/settings.md` is generated from this table (`npm run docs`). */
export const settingGroups = {
  Program: {
    PORT: {
      schema: shape.whole(0, 65_535).default(4000),
      shape: 'a port, 0 for any free one',
      example: '4000',
      help: 'Port for HTTP, WebSocket and SSE',
    },
    HOST: {
      schema: z.string().min(1).default('127.0.0.1'),
      shape: 'a host name or address',
      example: '0.0.0.0',
      help: 'Address to listen on',
    },
    HELIOGRAPH_ROLES: {
      schema: shape
        .list('server', 'ingest', 'alerting', 'notifications')
        .default(['server', 'ingest', 'alerting', 'notifications']),
      shape: 'a list of server, ingest, alerting and notifications',
      example: 'server,ingest,alerting,notifications',
      help: 'Parts of the program that this process runs',
    },
    HELIOGRAPH_DATA_DIR: {
      schema: z.string().min(1).default('.heliograph'),
      shape: 'a folder',
      example: '.heliograph',
      help: 'Where the embedded stores keep their data',
    },
    HELIOGRAPH_SECRET: {
      schema: z.string().min(32).optional(),
      shape: 'a secret of at least 32 characters',
      example: '$(openssl rand -hex 32)',
      help: 'Encrypts the keys that sign access tokens and where channels lead. By default the data folder has its own, so set it where processes share a Postgres',
    },
    GRAPHIQL: {
      schema: z.stringbool().default(true),
      shape: 'true or false',
      example: 'true',
      help: 'Serve GraphiQL to browsers at /graphql',
    },
    INTROSPECTION: {
      schema: z.stringbool().default(true),
      shape: 'true or false',
      example: 'false',
      help: 'Answer introspection queries',
    },
    LOG_LEVEL: {
      schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
      shape: 'trace, debug, info, warn, error or silent',
      example: 'info',
      help: 'Lowest level that is logged',
    },
    LOG_FORMAT: {
      schema: z.enum(['json', 'pretty']).default('json'),
      shape: 'json or pretty',
      example: 'json',
      help: 'Format of the log',
    },
    // A balancer that asks every second sees it; one that asks more seldom needs more.
    SHUTDOWN_NOTICE_MS: {
      schema: shape.whole(0, 600_000).default(1_000),
      shape: 'milliseconds, 0 to 600000',
      example: '10000',
      help: 'How long /health/ready says 503 after SIGTERM before the port closes: longer than a load balancer takes to notice',
    },
    SHUTDOWN_TIMEOUT_MS: {
      schema: shape.whole(0, 600_000).default(15_000),
      shape: 'milliseconds, 0 to 600000',
      example: '15000',
      help: 'How long a stop waits for requests under way',
    },
  },
  Stores: {
    DATABASE_URL: {
      schema: shape.url('postgres:', 'postgresql:').optional(),
      shape: 'a postgres:// URL of a plain role',
      example: 'postgres://heliograph_app:secret@db:5432/heliograph',
      help: 'Postgres to use instead of the embedded one, with a role that owns nothing',
    },
    DATABASE_OWNER_URL: {
      schema: shape.url('postgres:', 'postgresql:').optional(),
      shape: 'a postgres:// URL of the owning role',
      example: 'postgres://owner:secret@db:5432/heliograph',
      help: 'Postgres role that migrates; creates the role of DATABASE_URL, which it needs, if it is missing',
    },
    CLICKHOUSE_URL: {
      schema: shape.clickHouse.optional(),
      shape: 'an http(s):// URL whose path is a database (a-z, 0-9 and _), or a chdb:// URL of a folder',
      example: 'http://default:secret@clickhouse:8123/heliograph',
      help: 'ClickHouse to use instead of the embedded one',
    },
    REDIS_URL: {
      schema: shape.redis.optional(),
      shape:
        'a redis://, rediss:// (TLS) or unix:// (socket) URL, or those of some nodes of a cluster with one password and no database, separated by commas (redis://:secret@a:6379,redis://:secret@b:6379)',
      example: 'redis://:secret@redis:6379/0',
      help: 'Redis, or Redis Cluster, to use instead of the embedded one',
    },
  },
  'Browsers and proxies': {
    CORS_ORIGINS: {
      schema: shape.origins.default([]),
      shape: 'origins, separated by commas',
      example: 'https://dash.example.com,https://ops.example.com',
      help: 'Other sites whose pages may use this server from a browser',
    },
    PROXY_HOPS: {
      schema: shape.whole(0, 10).default(0),
      shape: 'a number of proxies, 0 to 10',
      example: '1',
      help: 'Number of proxies in front, each of which adds an entry to X-Forwarded-For',
    },
    // Balancers use a connection again within 60 s; who closes first cuts a request that is on its way.
    KEEP_ALIVE_TIMEOUT_MS: {
      schema: shape.whole(1_000, 3_600_000).default(72_000),
      shape: 'milliseconds, 1000 to 3600000',
      example: '72000',
      help: 'How long an idle connection is kept for its next request: longer than the proxy in front keeps it',
    },
  },
  Limits: {
    // 2 MB is about 10,000 samples: enough to amortize a request, and little enough not to hold the event
    // loop.
    MAX_BODY_BYTES: {
      schema: shape.whole(1024, 64 << 20).default(2 << 20),
      shape: 'bytes, 1024 to 67108864',
      example: '2097152',
      help: 'Largest body of ingest; a GraphQL request may have 256 KiB of it at most',
    },
    INGEST_LOG_MAX_BYTES: {
      schema: shape.whole(1 << 20, 2 ** 40).default(256 << 20),
      shape: 'bytes, at least 1048576',
      example: '268435456',
      help: 'Accepted rows that may wait per dataset before ingest answers 503',
    },
    // Ten of the costliest operations that there are, each second. The bound is that of GraphQL's Int.
    RATE_LIMIT_COST: {
      schema: shape.whole(0, 2 ** 31 - 1).default(3_000_000),
      shape: 'points a minute, 0 for no limit',
      example: '3000000',
      help: 'Cost that the operations of one tenant may have in a minute ([limits](limits.md))',
    },
    // Two thousand a second are more than one process answers, and more than people or dashboards send.
    RATE_LIMIT_REQUESTS: {
      schema: shape.whole(0, 2 ** 31 - 1).default(120_000),
      shape: 'requests a minute, 0 for no limit',
      example: '120000',
      help: 'Requests that one address may send in a minute',
    },
    // Half a million a second: several times what one process takes in.
    RATE_LIMIT_ROWS: {
      schema: shape.whole(0, 2 ** 31 - 1).default(30_000_000),
      shape: 'rows a minute, 0 for no limit',
      example: '30000000',
      help: 'Rows that one tenant may send in a minute',
    },
    // More than the 15 s of a Postgres statement and the 10 s of a ClickHouse query, so that these end first
    // and say which it was.
    OPERATION_TIMEOUT_MS: {
      schema: shape.whole(0, 600_000).default(20_000),
      shape: 'milliseconds, 0 for no limit',
      example: '20000',
      help: 'How long one query or mutation may take',
    },
  },
  Notifications: {
    PUBLIC_URL: {
      schema: shape.url('http:', 'https:').optional(),
      shape: 'an http(s):// URL',
      example: 'https://heliograph.example.com',
      help: 'Where people open Heliograph: links in messages lead there (default: `HOST` and `PORT`)',
    },
    SMTP_URL: {
      schema: shape.url('smtp:', 'smtps:').optional(),
      shape: 'an smtp:// or smtps:// URL',
      example: 'smtps://user:secret@mail.example.com:465',
      help: 'Mail server that sends to channels of the kind EMAIL; without it there are none',
    },
    MAIL_FROM: {
      schema: z.string().min(3).max(320).includes('@').default('Heliograph <heliograph@localhost>'),
      shape: 'an e-mail address, with or without a name',
      example: 'Heliograph <alerts@example.com>',
      help: 'Sender of the mails; needs SMTP_URL',
    },
    NOTIFY_PRIVATE_TARGETS: {
      schema: shape.networks.default([]),
      shape: 'networks, separated by commas',
      example: '10.20.0.0/16,fd00:20::/32',
      help: 'Private networks that channels may lead to all the same, also by http:// ([notifications](notifications.md#where-channels-may-lead))',
    },
    PAGERDUTY_URL: {
      schema: shape.url('http:', 'https:').default('https://events.pagerduty.com/v2/enqueue'),
      shape: 'an http(s):// URL',
      example: 'https://events.eu.pagerduty.com/v2/enqueue',
      help: 'Where events of channels of the kind PAGERDUTY go: that of the service region',
    },
  },
  'Sign-in with a provider': {
    OAUTH_REDIRECT_URIS: {
      schema: shape.redirectUris.default([]),
      shape: 'https:// URLs without ? and # (http:// on this machine), separated by commas',
      example: 'https://dash.example.com/signed-in',
      help: 'Pages of web clients that a sign-in with a provider may return to ([access](access.md))',
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
      schema: shape.privateOrigin.default('https://github.com'),
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
      schema: shape.privateUrl.optional(),
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
  },
  'The ingest command': {
    HELIOGRAPH_URL: {
      schema: shape.url('http:', 'https:').optional(),
      shape: 'an http(s):// URL',
      example: 'http://127.0.0.1:4000',
      help: 'Server that the ingest command sends to',
    },
    HELIOGRAPH_API_KEY: {
      schema: z.string().startsWith('hg_').optional(),
      shape: 'an API key',
      example: 'hg_live_…',
      help: 'API key of the ingest command',
    },
    SOURCE_REDIS_URL: {
      schema: shape.redis.optional(),
      shape:
        'a redis://, rediss:// (TLS) or unix:// (socket) URL, or those of some nodes of a cluster, separated by commas',
      example: 'redis://:secret@producer:6379/0',
      help: "The producer's Redis that the source command reads, where its password is not to stand among the arguments",
    },
  },
} as const satisfies Record<string, Record<string, Setting>>

export const settings = {
  ...settingGroups.Program,
  ...settingGroups.Stores,
  ...settingGroups['Browsers and proxies'],
  ...settingGroups.Limits,
  ...settingGroups.Notifications,
  ...settingGroups['Sign-in with a provider'],
  ...settingGroups['The ingest command'],
}
