import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { isRedisUrl } from './platform/redis/address.ts'

export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  })
/** The database is named in statements, where no parameter can stand. */
export const clickHouse = url('http:', 'https:', 'chdb:').refine((text) => {
  const { protocol, pathname } = new URL(text)
  return protocol === 'chdb:' ? pathname.length > 1 : /^\/?(?:[a-z_][a-z0-9_]*)?$/.test(pathname)
})
export const redis = z.string().refine(isRedisUrl)
export const whole = (min: number, max: number) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/) // not what else JavaScript takes for a number: 0x10, 1e3, blanks
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .describe(`a whole number from ${min} to ${max}`)
const items = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
export const origins = items
  // Exactly what a browser sends: scheme, host and port, no path, no slash at the end, no star.
  .pipe(z.array(z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text)))
export const list = <T extends string>(...names: [T, ...T[]]) => items.pipe(z.array(z.enum(names)).min(1))

/** https, or http within this machine: codes, tokens and the secret of a client are sent there. */
const isPrivate = ({ protocol, hostname, username, password, search, hash }: URL): boolean =>
  (protocol === 'https:' ||
    (protocol === 'http:' && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(hostname))) &&
  [username, password, search, hash].every((part) => part === '')
export const privateUrl = z.string().refine((text) => URL.canParse(text) && isPrivate(new URL(text)))
export const privateOrigin = privateUrl.refine((text) => URL.parse(text)?.origin === text)
// Compared as text with the URL of a request, so only the normalized form is accepted.
export const redirectUris = items.pipe(
  z.array(privateUrl.refine((text) => URL.parse(text)?.href === text && !/[?#]/.test(text))),
)

/** Networks as ipaddr.js has them: an address and the length of its prefix. */
export const networks = items.pipe(
  z.array(
    z
      .string()
      .refine((text) => ipaddr.isValidCIDR(text))
      .transform((text) => ipaddr.parseCIDR(text)),
  ),
)
