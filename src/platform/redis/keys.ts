/** Names of keys under one prefix. */
export type Keys = {
  readonly prefix: string
  /**
   * The name of one unit of state: `unit('t', tenant, 'incidents')` is `hg:{t:<tenant>:incidents}`. The
   * braces are a Redis Cluster hash tag: all keys of a unit stand in one slot, so a script or a transaction
   * may touch them together.
   */
  unit(...parts: readonly [string, ...string[]]): string
  /** A key of a unit: `key(unit, 'tail')` is `hg:{t:<tenant>:incidents}:tail`. */
  key(unit: string, ...names: readonly [string, ...string[]]): string
}

const plain = (part: string): string => {
  // A brace would end or begin another hash tag and move the key to another slot.
  if (part === '' || /[{}]/.test(part))
    throw new TypeError('a part of a Redis key is not empty and has no braces')
  return part
}

/**
 * A prefix of its own (`test-<id>:`) keeps one user of a shared Redis apart from another. Throws TypeError on
 * braces.
 */
export const createKeys = (prefix = 'hg:'): Keys => {
  plain(prefix)
  return {
    prefix,
    unit: (...parts) => `${prefix}{${parts.map(plain).join(':')}}`,
    key: (unit, ...names) => `${unit}:${names.map(plain).join(':')}`,
  }
}
