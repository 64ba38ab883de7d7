import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ourselves, ownerLives, type Owner } from '../embedded/lock.ts'

const path = (dataDir: string): string => join(dataDir, 'server.json')

/** Tells commands on this machine where the program with this data folder serves. */
export const announceServing = async (dataDir: string, url: string): Promise<void> => {
  await mkdir(dataDir, { recursive: true }) // with all stores given, nobody has made it yet
  const draft = `${path(dataDir)}.${process.pid}` // never half of it, also after a kill
  await writeFile(draft, JSON.stringify({ ...ourselves(), url } satisfies Serving))
  await rename(draft, path(dataDir))
}

type Serving = Owner & { url: string }

const read = async (dataDir: string): Promise<Serving | undefined> => {
  try {
    return JSON.parse(await readFile(path(dataDir), 'utf8')) as Serving
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Takes back what this process announced; what another one did stays. */
export const withdrawServing = async (dataDir: string): Promise<void> => {
  if ((await read(dataDir))?.pid === process.pid) await rm(path(dataDir), { force: true })
}

/** The address of the program that serves on this data folder now, if one does. */
export const readServing = async (dataDir: string): Promise<string | undefined> => {
  const found = await read(dataDir)
  return found && ownerLives(found) ? found.url : undefined
}
