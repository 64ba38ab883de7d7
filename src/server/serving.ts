import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../embedded/folder.ts'
import { ourselves, ownerLives, type Owner } from '../embedded/lock.ts'

const path = (dataDir: string): string => join(dataDir, 'server.json')

/** Publishes, for commands on this machine, the address of the program with this data folder. */
export const announceServing = async (dataDir: string, url: string): Promise<void> => {
  makeFolder(dataDir) // where no store is embedded, it does not exist yet
  // Renamed when it is complete, so that nobody reads half of it, also after a kill.
  const draft = `${path(dataDir)}.${process.pid}`
  await writeFile(draft, JSON.stringify({ ...ourselves(), url } satisfies Serving))
  await rename(draft, path(dataDir))
}

type Serving = Owner & { url: string }

const read = async (dataDir: string): Promise<Serving | undefined> => {
  try {
    return JSON.parse(await readFile(path(dataDir), 'utf8')) as Serving
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // of a full disk; the next start writes it anew
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Removes the address that this process published; that of another process stays. */
export const withdrawServing = async (dataDir: string): Promise<void> => {
  if ((await read(dataDir))?.pid === process.pid) await rm(path(dataDir), { force: true })
}

/** The address of the program that runs on this data folder now, if there is one. */
export const readServing = async (dataDir: string): Promise<string | undefined> => {
  const serving = await read(dataDir)
  return serving && ownerLives(serving) ? serving.url : undefined
}
