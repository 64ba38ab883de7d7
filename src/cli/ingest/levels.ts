import { AppError } from '../../platform/errors.ts'

/** What loggers call their levels by number. They contradict each other, so a flag says which one it is. */
const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pino: { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' },
  python: { 10: 'debug', 20: 'info', 30: 'warn', 40: 'error', 50: 'fatal' },
  syslog: { 0: 'fatal', 1: 'fatal', 2: 'fatal', 3: 'error', 4: 'warn', 5: 'info', 6: 'info', 7: 'debug' },
}
export const levelTables = Object.keys(tables)

/**
 * Reads a level as `--map-level` says: by the name of a table, or by pairs such as `E=error`. What they don't
 * name stays as it is. Throws BAD_REQUEST for what is neither.
 */
export const levelReader = (said: readonly string[]): ((value: unknown) => unknown) => {
  if (said.length === 0) return (value) => value
  const known = new Map<string, string>()
  for (const each of said) {
    const at = each.lastIndexOf('=')
    const pairs =
      at > 0 ? [[each.slice(0, at), each.slice(at + 1)] as const] : Object.entries(tables[each] ?? {})
    if (pairs.length === 0 || pairs[0]![1] === '') {
      const message = `--map-level takes ${levelTables.join(', ')} or <text>=<level> such as E=error, not "${each}"`
      throw new AppError('BAD_REQUEST', message)
    }
    for (const [from, to] of pairs) known.set(from.trim().toLowerCase(), to)
  }
  return (value) =>
    typeof value === 'string' || typeof value === 'number'
      ? (known.get(String(value).trim().toLowerCase()) ?? value)
      : value
}
