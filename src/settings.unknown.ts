/** Edits that lead from one name to another: letters put in, left out or changed (Levenshtein). */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= to.length; column += 1) {
      const changed = row[column - 1]! + (from[line - 1] === to[column - 1] ? 0 : 1)
      next.push(Math.min(next[column - 1]! + 1, row[column]! + 1, changed))
    }
    row = next
  }
  return row.at(-1)!
}

/** The known name with the fewest edits. */
const nearest = (name: string, known: readonly string[]): { name: string; edits: number } =>
  known
    .map((each) => ({ name: each, edits: distance(name, each) }))
    .reduce((best, each) => (each.edits < best.edits ? each : best))

const OURS = 'HELIOGRAPH_'
/** Kubernetes tells each pod of a service "heliograph" by these names. */
const serviceLink = /^HELIOGRAPH(?:_\w+)?_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_\w+)?)$/
const isServiceLink = (name: string, value: string): boolean =>
  serviceLink.test(name) && (/^(?:tcp|udp):/.test(value) || name !== `${OURS}PORT`)

/** So many edits are a slip in a name of this length; shorter names of others are near to anything. */
const SLIP = 2
const LONG = 9

type Misspelt = { readonly name: string; readonly nearest: string }

/**
 * What the environment sets and nobody reads. `ours` begin as only our settings do. `near` may be another
 * program's, but a setting that is almost the same is not set.
 */
export const unknownSettings = (
  known: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { ours: Misspelt[]; near: Misspelt[] } => {
  const unknown = Object.keys(env).filter((name) => env[name] && !known.includes(name))
  const ours = unknown
    .filter((name) => name.startsWith(OURS) && !isServiceLink(name, env[name]!))
    .map((name) => {
      const bare = name.slice(OURS.length)
      return { name, nearest: known.includes(bare) ? bare : nearest(name, known).name }
    })
  const near = unknown
    .filter((name) => !name.startsWith(OURS) && name.length >= LONG)
    .flatMap((name) => {
      const alike = known.filter((each) => Math.abs(each.length - name.length) <= SLIP)
      if (alike.length === 0) return []
      const found = nearest(name, alike)
      return found.edits <= SLIP && !env[found.name] ? [{ name, nearest: found.name }] : []
    })
  return { ours, near }
}
