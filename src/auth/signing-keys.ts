import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import type { Clock } from '../platform/clock.ts'
import { AppError } from '../platform/errors.ts'
import type { Postgres, ScopedRun } from '../platform/postgres/postgres.ts'
import type { Scope } from '../platform/postgres/scope.ts'

export type SigningKey = { readonly kid: string; readonly key: CryptoKey }

export type SigningKeys = {
  /** The key that signs now. Throws when the store is away or HELIOGRAPH_SECRET is not the one that the keys were made with. */
  signing(): Promise<SigningKey>
  /** The public key of that id, or undefined when there is none or it has been retired for longer than its tokens live. */
  verifying(kid: string): Promise<CryptoKey | undefined>
  /** Makes a new key and retires the others. Tokens that they signed stay good until they expire. Answers the new one's id. */
  rotate(): Promise<string>
}

type Row = {
  kid: string
  public_jwk: JWK
  private_jwk_encrypted: Buffer
  created_at: Date
  retired_at: Date | null
}
type Loaded = { row: Row; publicKey: CryptoKey; privateKey: CryptoKey | undefined }

const signingScope: Scope = { setting: 'app.signing', value: 'on' }
/** Any number, as long as every copy uses this one: two processes that start at once make one key. */
const KEYS_LOCK = 7_236_018_843
// Another process notices a rotation this late; a token that it signs meanwhile with the old key is good all the same.
const RELOAD_MS = 30_000
// An id that is not known may be a new key's: look again, but not as often as somebody who makes ids up can ask.
const UNKNOWN_RELOAD_MS = 1_000
const ALGORITHM = 'EdDSA'

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the text. The key's id is authenticated with it. */
const createBox = (secret: string) => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'heliograph signing keys', 32))
  return {
    close: (kid: string, text: string): Buffer => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(kid))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
    },
    open: (kid: string, box: Buffer): string => {
      const cipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12)).setAAD(Buffer.from(kid))
      cipher.setAuthTag(box.subarray(12, 28))
      return Buffer.concat([cipher.update(box.subarray(28)), cipher.final()]).toString('utf8')
    },
  }
}

/** The keys that sign access tokens, kept in Postgres for all processes. `tokenLifeMs`: how long a token is good. */
export const createSigningKeys = (deps: {
  postgres: Postgres
  clock: Clock
  secret: string
  tokenLifeMs: number
}): SigningKeys => {
  const { postgres, clock } = deps
  const box = createBox(deps.secret)
  const graceMs = deps.tokenLifeMs + RELOAD_MS
  let loaded = new Map<string, Loaded>()
  let loadedAt = -Infinity
  let loading: Promise<void> | undefined

  const load = async (run: ScopedRun): Promise<void> => {
    const rows = await run<Row>({ text: 'SELECT * FROM signing_keys ORDER BY created_at' })
    const next = new Map<string, Loaded>()
    for (const row of rows) {
      const known = loaded.get(row.kid)
      next.set(row.kid, known ? { ...known, row } : await importRow(row))
    }
    loaded = next
    loadedAt = clock.now()
  }

  const importRow = async (row: Row): Promise<Loaded> => {
    const publicKey = (await importJWK(row.public_jwk, ALGORITHM)) as CryptoKey
    if (row.retired_at) return { row, publicKey, privateKey: undefined }
    let text: string
    try {
      text = box.open(row.kid, row.private_jwk_encrypted)
    } catch (cause) {
      throw new AppError(
        'CONFLICT',
        'HELIOGRAPH_SECRET is not the one that the signing keys in Postgres were encrypted with. Bring it back, or run "heliograph keys rotate" with the new one: everybody then signs in again.',
        { cause },
      )
    }
    return { row, publicKey, privateKey: (await importJWK(JSON.parse(text) as JWK, ALGORITHM)) as CryptoKey }
  }

  const make = async (run: ScopedRun): Promise<string> => {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
    const kid = randomUUID()
    const sealed = box.close(kid, JSON.stringify(await exportJWK(privateKey)))
    await run({
      text: 'INSERT INTO signing_keys (kid, public_jwk, private_jwk_encrypted, created_at) VALUES ($1, $2, $3, $4)',
      values: [kid, JSON.stringify(await exportJWK(publicKey)), sealed, new Date(clock.now())],
    })
    return kid
  }

  const locked = <T>(work: (run: ScopedRun) => Promise<T>): Promise<T> =>
    postgres.transaction(signingScope, async (run) => {
      await run({ text: 'SELECT pg_advisory_xact_lock($1)', values: [KEYS_LOCK] })
      return work(run)
    })

  const current = (): Loaded | undefined =>
    [...loaded.values()].findLast(({ row, privateKey }) => row.retired_at === null && privateKey)

  const reload = (): Promise<void> =>
    (loading ??= locked(async (run) => {
      await load(run)
      if (current()) return
      await make(run)
      await load(run)
    }).finally(() => (loading = undefined)))

  return {
    signing: async () => {
      if (clock.now() - loadedAt >= RELOAD_MS || !current()) await reload()
      const { row, privateKey } = current()!
      return { kid: row.kid, key: privateKey! }
    },

    verifying: async (kid) => {
      const age = clock.now() - loadedAt
      if (age >= RELOAD_MS || (!loaded.has(kid) && age >= UNKNOWN_RELOAD_MS)) await reload()
      const found = loaded.get(kid)
      if (!found) return undefined
      const { retired_at: retiredAt } = found.row
      return retiredAt && clock.now() > retiredAt.getTime() + graceMs ? undefined : found.publicKey
    },

    rotate: () =>
      locked(async (run) => {
        const now = clock.now()
        await run({
          text: 'DELETE FROM signing_keys WHERE retired_at < $1',
          values: [new Date(now - graceMs)],
        })
        await run({
          text: 'UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL',
          values: [new Date(now)],
        })
        const kid = await make(run)
        await load(run)
        return kid
      }),
  }
}
