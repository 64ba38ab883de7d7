import { numbered, type Format } from './format.ts'
import { given, textRecords, textRows } from './text.ts'

const quoted = '"((?:[^"\\\\]|\\\\.)*)"'
// Apache's common and combined formats and nginx's own, each with the virtual host before it or more behind it.
const shape = new RegExp(
  `^(?:(\\S+) )?(\\S+) (\\S+) (\\S+) \\[([^\\]]+)\\] (${quoted} (\\d{3}|-) (\\d+|-)(?: ${quoted} ${quoted})?.*)$`,
)

// The longest text of an attribute. Longer ones stand in the message.
const fits = (text: string | undefined): string | undefined =>
  text !== undefined && text.length > 1024 ? undefined : text?.replaceAll(/\\(["\\])/g, '$1')

const levelOf = (status: string): string => (status >= '500' ? 'error' : status >= '400' ? 'warn' : 'info')

/** The line as columns: its message is the line from the request on. */
export const readAccess = (text: string): Record<string, unknown> | undefined => {
  const match = shape.exec(text)
  if (!match) return undefined
  const [, host, client, , user, time, message, request = '', status = '-', bytes, referrer, userAgent] =
    match
  const [method, path] = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(request)?.slice(1) ?? []
  return given({
    time,
    level: status === '-' ? undefined : levelOf(status),
    message,
    host: host?.replace(/:\d+$/, ''),
    method,
    path: fits(path),
    status,
    bytes,
    referrer: fits(referrer),
    user_agent: fits(userAgent),
    client,
    user,
  })
}

/** Access logs of Apache and nginx. Whose address it was is kept only when a flag names the column. */
export const access: Format = {
  endings: [],
  looksLike: (head) => readAccess(head.split(/\r\n|\n|\r/, 1)[0]!) !== undefined,
  restIsAttributes: true,
  unasked: ['client', 'user'],
  read: (source) => numbered(textRows(textRecords(source), readAccess, 'a line of an access log')),
}
