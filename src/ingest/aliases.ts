/** Where else a field may stand in an item, by the field: another name, or names of an object and of an entry in it. */
export type Aliases = Readonly<Record<string, readonly string[]>>

type Item = Record<string, unknown>
const isItem = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * An item with each field that it lacks taken from its alias. A name of the item itself moves; what lies deeper
 * is copied, since it belongs to what holds it, and may be anything there: only a text is meant for the field.
 * Anything but an object is left as it is.
 */
export const resolveAliases = (aliases: Aliases, value: unknown): unknown => {
  if (!isItem(value)) return value
  let item = value
  for (const [field, [name = '', inner]] of Object.entries(aliases)) {
    if (Object.hasOwn(item, field) || !Object.hasOwn(item, name)) continue
    const found = item[name]
    if (inner === undefined) {
      const { [name]: moved, ...rest } = item
      item = { ...rest, [field]: moved }
    } else if (isItem(found) && Object.hasOwn(found, inner) && typeof found[inner] === 'string')
      item = { ...item, [field]: found[inner] }
  }
  return item
}
