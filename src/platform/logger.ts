import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'

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
 * `json` writes one object a line to standard output, `pretty` writes readable lines to standard error,
 * so that a command's own output can be piped.
 */
export const createLogger = (options: { level: string; format: 'json' | 'pretty' }): Logger =>
  pino(
    {
      level: options.level,
      base: null,
      redact: {
        paths: secretKeys.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]),
        censor: '[secret]',
      },
    },
    options.format === 'pretty'
      ? pretty({
          colorize: process.stderr.isTTY,
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss.l',
          destination: 2,
          sync: true,
        })
      : pino.destination({ dest: 1, sync: false }),
  )
