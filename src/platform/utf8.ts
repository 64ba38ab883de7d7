import { isUtf8 } from 'node:buffer'

/** Place (from 0) of the first byte that is not UTF-8; undefined when all are. */
export const badUtf8At = (bytes: Buffer): number | undefined => {
  if (isUtf8(bytes)) return undefined
  // Decoding puts U+FFFD in place of what is wrong, so there the text differs from the bytes.
  const again = Buffer.from(bytes.toString('utf8'))
  let at = 0
  while (bytes[at] === again[at]) at += 1
  return at
}

/** "byte 17 (0xE9) is not UTF-8", counted from 1; undefined when all are. */
export const utf8Fault = (bytes: Buffer): string | undefined => {
  const at = badUtf8At(bytes)
  if (at === undefined) return undefined
  return `byte ${at + 1} (0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}) is not UTF-8`
}
