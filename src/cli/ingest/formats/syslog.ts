import { numbered, type Format } from './format.ts'
import { given, textRecords, textRows } from './text.ts'

const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']
const facilities = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock ' +
  'local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ')

/** RFC 5424, 6.2.1: eight times the facility, and the severity. */
const priority = (text: string | undefined): Record<string, string | undefined> => {
  const value = Number(text)
  return text === undefined || value > 191
    ? {}
    : { level: severities[value % 8], facility: facilities[Math.floor(value / 8)] }
}

const element = String.raw`\[(?:[^\]"\\]|"(?:[^"\\]|\\.)*")*\]`
const modern = new RegExp(
  String.raw`^<(\d{1,3})>\d{1,2} (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:${element})+)(?: \uFEFF?(.*))?$`,
)
const parameters = /(?:^|\])\[([^\s\]]+)|([^\s="\]]+)="((?:[^"\\]|\\.)*)"/g

/** Structured data (RFC 5424, 6.3) as columns `<id>.<name>`. */
const structured = (text: string): Record<string, string> => {
  const columns: Record<string, string> = {}
  let id = ''
  for (const [, begun, name, value = ''] of text.matchAll(parameters)) {
    if (begun !== undefined) id = begun
    else columns[`${id}.${name}`] = value.replaceAll(/\\(["\\\]])/g, '$1')
  }
  return columns
}

// RFC 3164, with or without its priority, and what rsyslog writes to files: the same with an RFC 3339 time.
const older =
  /^(?:<(\d{1,3})>)?([A-Z][a-z]{2,3} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+) (\S+) (?:([^\s:[]+)(?:\[([^\]]*)\])?: ?)?(.*)$/

export const readSyslog = (text: string): Record<string, unknown> | undefined => {
  const match = modern.exec(text)
  if (match) {
    const [, pri, time, host, service, pid, msgid, data = '-', message = ''] = match
    return {
      ...given({ time, host, service, pid, msgid, ...priority(pri), ...structured(data) }),
      message,
    }
  }
  const [whole, pri, time, host, service, pid, message = ''] = older.exec(text) ?? []
  return whole === undefined
    ? undefined
    : { ...given({ time, host, service, pid, ...priority(pri) }), message }
}

/** Lines of syslog: RFC 5424, RFC 3164, and as files have them. */
export const syslog: Format = {
  endings: ['syslog'],
  looksLike: (head) => readSyslog(head.split(/\r\n|\n|\r/, 1)[0]!) !== undefined,
  restIsAttributes: true,
  read: (source) => numbered(textRows(textRecords(source), readSyslog, 'a line of syslog')),
}
