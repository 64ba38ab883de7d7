import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { StartError } from '../embedded/start-error.ts'

const prepare = fileURLToPath(new URL('../../scripts/prepare.cjs', import.meta.url))

/**
 * Throws StartError where the packages or the Prisma client are another version's, as after a pull: `npm start` sees to
 * them by itself, `bin/heliograph` in a fresh clone only. An image is built whole and has no such script.
 */
export const assertPrepared = (script = prepare): void => {
  if (!existsSync(script)) return
  const { isPrepared } = createRequire(script)(script) as { isPrepared: () => boolean }
  if (isPrepared()) return
  throw new StartError(
    "The installed packages or the Prisma client are not this version's. Run `node scripts/prepare.cjs` (or `npm start`, which does), then try again.",
  )
}
