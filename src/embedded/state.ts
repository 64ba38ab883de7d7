import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ownerLives, ownerShape, type Owner } from './lock.ts'
import { StartError } from './start-error.ts'

const secretsShape = z.object({
  postgresOwnerPassword: z.string().min(1),
  postgresAppPassword: z.string().min(1),
  redisPassword: z.string().min(1),
  clickhousePassword: z.string().min(1),
  /**
   * What HELIOGRAPH_SECRET is for an embedded Postgres. Folders of before 0.2 get theirs at the next start.
   */
  secret: z
    .string()
    .min(1)
    .default(() => password()),
  /**
   * Where Postgres keeps its data: `postgres` in this folder, or a path where the user that it runs as could
   * not reach it. Folders of before 0.2 tell that path only.
   */
  postgresHome: z.string().optional(),
})

/** What a data folder must remember from one start to the next. */
export type StackState = z.infer<typeof secretsShape>

const runningShape = ownerShape.extend({
  postgresOwnerUrl: z.string().optional(),
  postgresUrl: z.string().optional(),
  clickhouseUrl: z.string().optional(),
  redisUrl: z.string().optional(),
})

/** What other processes of this machine need to use a running stack. */
export type RunningStack = z.infer<typeof runningShape>

const damaged = (path: string, cause: unknown): StartError =>
  new StartError(
    `${path} is damaged. Put it back from a backup: it holds the passwords of the stores here.`,
    {
      cause,
    },
  )

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    if (error instanceof SyntaxError) throw damaged(path, error)
    throw error
  }
}

/** Other processes see the old content or the new, never half of it; nobody else may read it. */
const writeJson = (path: string, value: unknown): void => {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(draft, path)
}

const statePath = (dataDir: string) => join(dataDir, 'state.json')
const runningPath = (dataDir: string) => join(dataDir, 'stack.json')

/** Letters and digits only: a password stands in URLs, configuration files and SQL without escapes. */
const password = () => randomBytes(24).toString('hex')

/** The folder's state; made with fresh passwords at the first start. Throws when it is damaged. */
export const loadState = (dataDir: string): StackState => {
  const found = readJson(statePath(dataDir))
  if (found !== undefined) {
    const { data: state, error } = secretsShape.safeParse(found)
    if (!state) throw damaged(statePath(dataDir), error)
    if (!('secret' in (found as object))) writeJson(statePath(dataDir), state)
    return state
  }
  const state: StackState = {
    postgresOwnerPassword: password(),
    postgresAppPassword: password(),
    redisPassword: password(),
    clickhousePassword: password(),
    secret: password(),
  }
  writeJson(statePath(dataDir), state)
  return state
}

/** Whether embedded stores were ever started on this folder. */
export const isDataFolder = (dataDir: string): boolean => existsSync(statePath(dataDir))

/** Keeps the state; the caller owns the folder's lock. */
export const saveState = (dataDir: string, state: StackState): void => writeJson(statePath(dataDir), state)

/** Tells other processes about the running stack. */
export const announceStack = (dataDir: string, owner: Owner, urls: Omit<RunningStack, keyof Owner>): void =>
  writeJson(runningPath(dataDir), { ...owner, ...urls })

export const withdrawStack = (dataDir: string): void => rmSync(runningPath(dataDir), { force: true })

/** The stack that runs on this folder now; undefined when none does, also when its owner was killed. */
export const findStack = (dataDir: string): RunningStack | undefined => {
  const found = runningShape.safeParse(readJson(runningPath(dataDir))).data
  return found !== undefined && ownerLives(found) ? found : undefined
}
