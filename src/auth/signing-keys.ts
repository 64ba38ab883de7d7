import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { isFresh, type Clock } from '../platform/clock.ts'
import { AppError } from '../platform/errors.ts'
import { locks } from '../platform/postgres/locks.ts'
import type { Postgres, ScopedRun } from '../platform/postgres/postgres.ts'
import type { Scope } from '../platform/postgres/scope.ts'
import { createSealedBox } from '../platform/sealed-box.ts'

export type SigningKey = { readonly kid: string; readonly key: CryptoKey }

/**
 * `until` (Unix milliseconds): nobody who should sign with it does so later; Infinity for one that is not
 * retired.
 */
export type VerifyingKey = { readonly key: CryptoKey; readonly until: number }

export type SigningKeys = {
  /**
   * The key that signs now; made when there is none, and anew when it is 90 days old. Throws when the store
   * is away or this process's secret does not open it.
   */
  signing(): Promise<SigningKey>
  /**
   * The public key of that id, or undefined when there is none or it has been retired for longer than its
   * tokens live.
   */
  verifying(kid: string): Promise<VerifyingKey | undefined>
  /**
   * Makes a new key and retires the old one, whose tokens stay good until they expire. Answers its id. Throws
   * as assertSecret.
   */
  rotate(): Promise<string>
  /**
   * Makes a new key and throws all others away, opened by this secret or not: their tokens are refused.
   * Answers its id.
   */
  reset(): Promise<string>
  /**
   * For the start of a program: makes the first key. Throws CONFLICT with advice when the secret is not that
   * of the key.
   */
  assertSecret(): Promise<void>
}

type Row = {
  kid: string
  public_jwk: JWK
  private_jwk_encrypted: Buffer
  created_at: Date
  retired_at: Date | null
}
/** `locked` says why there is no private key: the secret that it was encrypted with is another. */
type Loaded = { row: Row; publicKey: CryptoKey; privateKey?: CryptoKey; locked?: unknown }

const signingScope: Scope = { setting: 'app.signing', value: 'on' }
// Another process notices a rotation this late; a token that it signs meanwhile with the old key is good all
// the same.
const RELOAD_MS = 30_000
// An id that is not known may be a new key's: look again, but not as often as somebody who makes ids up can
// ask.
const UNKNOWN_RELOAD_MS = 1_000
// A key that leaked unnoticed is good for no longer, and nobody has to think of it.
const ROTATE_MS = 90 * 86_400_000
const ALGORITHM = 'EdDSA'

const WRONG_SECRET =
  "HELIOGRAPH_SECRET (unless set: the data folder's own) is not the one that the key in Postgres was encrypted with. Set the one that " +
  'the other programs on this Postgres have. If it is lost, run "heliograph keys reset" with a new one.'

/**
 * The keys that sign access tokens, kept in Postgres for all processes. `tokenLifeMs`: how long a token is
 * good.
 */
export const createSigningKeys = (deps: {
  postgres: Postgres
  clock: Clock
  secret: string
  tokenLifeMs: number
}): SigningKeys => {
  const { postgres, clock } = deps
  const box = createSealedBox(deps.secret, 'heliograph signing keys')
  const graceMs = deps.tokenLifeMs + RELOAD_MS
  let loaded = new Map<string, Loaded>()
  let loadedAt = -Infinity
  let begun = 0
  let shown = 0
  let reading: Promise<void> | undefined

  const importRow = async (row: Row): Promise<Loaded> => {
    const publicKey = (await importJWK(row.public_jwk, ALGORITHM)) as CryptoKey
    if (row.retired_at) return { row, publicKey }
    let text: string
    try {
      text = box.open(row.kid, row.private_jwk_encrypted)
    } catch (locked) {
      return { row, publicKey, locked } // what others sign with it can be checked all the same
    }
    return { row, publicKey, privateKey: (await importJWK(JSON.parse(text) as JWK, ALGORITHM)) as CryptoKey }
  }

  const read = async (): Promise<void> => {
    const turn = (begun += 1)
    const at = clock.now()
    const rows = await postgres.query<Row>(signingScope, {
      text: 'SELECT * FROM signing_keys ORDER BY created_at',
    })
    const next = new Map<string, Loaded>()
    for (const row of rows) {
      const known = loaded.get(row.kid)
      next.set(row.kid, known ? { ...known, row } : await importRow(row))
    }
    if (turn < shown) return // one that began later has ended already
    loaded = next
    loadedAt = at
    shown = turn
  }
  const reload = (): Promise<void> => (reading ??= read().finally(() => (reading = undefined)))

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

  /**
   * Unless another process was first: then the key that signs is no longer the one that was `seen` (null:
   * none).
   */
  const replace = async (options: { seen?: string | null; discard?: boolean } = {}): Promise<string> => {
    const { seen, discard = false } = options
    const kid = await postgres.transaction(signingScope, async (run) => {
      await run({ text: 'SELECT pg_advisory_xact_lock($1)', values: [locks.signingKeys] })
      const [signing] = await run<{ kid: string }>({
        text: 'SELECT kid FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC LIMIT 1',
      })
      if (seen !== undefined && signing && signing.kid !== seen) return signing.kid
      const now = clock.now()
      await run({
        text: 'DELETE FROM signing_keys WHERE $2 OR retired_at < $1',
        values: [new Date(now - graceMs), discard],
      })
      await run({
        text: 'UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL',
        values: [new Date(now)],
      })
      return make(run)
    })
    await read() // after the commit: a key that was not kept must sign nothing
    return kid
  }

  const current = (): Loaded | undefined =>
    [...loaded.values()].findLast(({ row }) => row.retired_at === null)
  const isOld = ({ row }: Loaded): boolean => clock.now() - row.created_at.getTime() >= ROTATE_MS

  /**
   * The key that signs now. One that can't be opened is never replaced by itself: other processes may sign
   * with it.
   */
  const ensure = async (): Promise<Loaded> => {
    const wanted = (): boolean => {
      const found = current()
      return !found || (found.privateKey !== undefined && isOld(found))
    }
    if (!isFresh(loadedAt, clock.now(), RELOAD_MS)) await reload()
    while (wanted()) await replace({ seen: current()?.row.kid ?? null })
    return current()!
  }

  const assertSecret = async (): Promise<void> => {
    const { locked } = await ensure()
    if (locked !== undefined) throw new AppError('CONFLICT', WRONG_SECRET, { cause: locked })
  }

  return {
    signing: async () => {
      const { row, privateKey, locked } = await ensure()
      // For the program's own log: who signs in can't mend it, and is not told.
      if (!privateKey) throw new Error(WRONG_SECRET, { cause: locked })
      return { kid: row.kid, key: privateKey }
    },

    verifying: async (kid) => {
      if (!isFresh(loadedAt, clock.now(), loaded.has(kid) ? RELOAD_MS : UNKNOWN_RELOAD_MS)) await reload()
      const found = loaded.get(kid)
      if (!found) return undefined
      const until = found.row.retired_at ? found.row.retired_at.getTime() + RELOAD_MS : Infinity
      return clock.now() > until + deps.tokenLifeMs ? undefined : { key: found.publicKey, until }
    },

    rotate: async () => {
      await assertSecret() // with another one the programs that run could sign nothing from now on
      return replace()
    },
    reset: () => replace({ discard: true }),
    assertSecret,
  }
}
