import { randomBytes } from 'node:crypto'

/** What a secret of ours begins with, so that a scanner and a person can tell which kind it is. */
const prefixes = { refresh: 'hr_', invitation: 'hi_', oauth: 'ho_', bootstrap: 'hb_' } as const

/** A new secret of 256 random bits. Shown once: only its SHA-256 is kept. */
export const makeSecretToken = (kind: keyof typeof prefixes): string =>
  `${prefixes[kind]}${randomBytes(32).toString('base64url')}`

/** Whether the text can be such a secret at all; anything else is refused without a question to a store. */
export const isSecretToken = (kind: keyof typeof prefixes, text: string): boolean =>
  text.startsWith(prefixes[kind]) && /^[\w-]{43}$/.test(text.slice(prefixes[kind].length))
