import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const path = (dataDir: string): string => join(dataDir, 'server.json')

/** Tells commands on this machine where the program with this data folder serves. */
export const announceServing = async (dataDir: string, url: string): Promise<void> => {
  await mkdir(dataDir, { recursive: true }) // with all stores given, nobody has made it yet
  const draft = `${path(dataDir)}.${process.pid}` // never half of it, also after a kill
  await writeFile(draft, JSON.stringify({ url, pid: process.pid }))
  await rename(draft, path(dataDir))
}

export const withdrawServing = (dataDir: string): Promise<void> => rm(path(dataDir), { force: true })

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it lives and is another user's
  }
}

/** The address of the program that serves on this data folder now, if one does. */
export const readServing = async (dataDir: string): Promise<string | undefined> => {
  try {
    const { url, pid } = JSON.parse(await readFile(path(dataDir), 'utf8')) as { url: string; pid: number }
    return lives(pid) ? url : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
