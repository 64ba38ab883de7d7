import type { IncomingMessage } from 'node:http'
import { countedAddress } from '../../auth/address.ts'
import { credentialOf, type Credential } from '../../auth/authenticate.ts'
import { sourceOf } from '../request.ts'

/** What a session keeps of its upgrade request. */
export type Origin = {
  /** The address that its requests count for. */
  readonly counted: string
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly credential: Credential
}

export const originOf = (request: IncomingMessage, proxyHops: number): Origin => {
  const { address, userAgent } = sourceOf(request, '', proxyHops)
  const credential = credentialOf(request.headers)
  return { counted: countedAddress(address ?? 'unknown'), address, userAgent, credential }
}
