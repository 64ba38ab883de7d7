import type { IncomingMessage } from 'node:http'

const isLoopback = (address: string): boolean =>
  address === 'localhost' ||
  address.endsWith('.localhost') ||
  /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) ||
  /^\[?::1\]?$/.test(address)

/**
 * Whether a request comes from a browser on this machine that asked for this machine. Not where a proxy may be
 * between, nor by the name of another site: that may lead here by the will of whoever owns it (DNS rebinding).
 */
export const isFromOwnMachine = (
  { headers, socket }: IncomingMessage,
  publicUrl: string | undefined,
): boolean => {
  if (['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => name in headers)) return false
  const asked = URL.parse(`http://${headers.host ?? ''}`)
  const own = publicUrl === undefined ? undefined : URL.parse(publicUrl)?.hostname
  const isOurs = asked !== null && (isLoopback(asked.hostname) || asked.hostname === own)
  return isOurs && isLoopback(socket.remoteAddress ?? '')
}
