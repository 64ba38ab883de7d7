import { createRequire } from 'node:module'
import { pino, type Logger } from 'pino'
import type PinoPretty from 'pino-pretty'

export type { Logger } from 'pino'

/** Keys whose values never reach a log line, at the top and one or two levels down. */
const secretKeys = [
  'authorization',
  'apiKey',
  'api_key',
  'password',
  'secret',
  'streamKey',
  'token',
  'accessToken',
  'refreshToken',
  'oldPassword',
  'newPassword',
  'passwordHash',
  'ticket',
  'callbackUrl',
  'codeVerifier',
  'clientSecret',
  'idToken',
  'cookie',
  'x-api-key',
]

/**
 * Secrets by their looks, wherever they stand in a line, such as in the words of an error: keys of ours after
 * their visible prefix, other tokens of ours, access tokens, password hashes, and passwords in addresses. No
 * word boundary: in JSON an `n` stands before what begins a line.
 */
const secretShapes =
  /(?<=(?:hg|sk)_(?:live|test)_\w{4})\w+|(?<=h[rio]_)[\w-]{43}|(?<=eyJ)[\w-]+\.[\w-]+\.[\w-]*|(?<=\$argon2id\$)[^\s"]+|(?<=:\/\/[^\s:@/"]*:)[^\s@"/]+(?=@)/g

const openPretty = (): PinoPretty.PrettyStream =>
  (createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty)({
    colorize: process.stderr.isTTY,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    destination: 2,
    sync: true,
  })

/** Readable lines on standard error. Their writer is loaded with the first one: most commands log none. */
const prettyLines = (): { write(line: string): void } => {
  let stream: PinoPretty.PrettyStream | undefined
  return { write: (line) => void (stream ??= openPretty()).write(line) }
}

/**
 * `json` writes one object a line to standard output, `pretty` writes readable lines to standard error,
 * so that a command's own output can be piped.
 */
export const createLogger = (options: {
  level: string
  format: 'json' | 'pretty'
  /** Where the lines go instead; tests read them. */
  to?: { write(line: string): void }
}): Logger =>
  pino(
    {
      level: options.level,
      base: null,
      redact: {
        paths: secretKeys.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]),
        censor: '[secret]',
      },
      hooks: { streamWrite: (line) => line.replace(secretShapes, '[secret]') },
    },
    options.to ?? (options.format === 'pretty' ? prettyLines() : pino.destination({ dest: 1, sync: false })),
  )
