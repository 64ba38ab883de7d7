import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { watch } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** An editor writes a file in several steps, and several files at once. */
const SETTLE_MS = 50
/** A program that has not drained by then is killed. */
const END_MS = 5_000

const source = /(?<!\.test)\.(ts|sql|prisma|js|css|html)$/
const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

const end = async (child: ChildProcess): Promise<void> => {
  if (!isRunning(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await ended
  clearTimeout(timer)
}

/**
 * Keeps one program running, started anew after each change of a source below `folders`. One that ends by
 * itself has said why; the next change starts it again.
 */
export const createRestarting = (deps: {
  readonly folders: readonly string[]
  /** Makes what is generated from the sources; nothing is started while it fails. */
  readonly generate: () => ChildProcess
  readonly launch: () => ChildProcess
  readonly note: (text: string) => void
}) => {
  const { folders, generate, launch, note } = deps
  let child: ChildProcess | undefined
  /** One after the other: the old program frees the port while the new one still loads. */
  let ending: Promise<void> = Promise.resolve()
  let working: Promise<void> = Promise.resolve()
  let generation = 0
  let stale = true // what is generated
  let stopping = false

  const isStale = async (): Promise<boolean> => {
    const [code] = (await once(generate(), 'exit')) as [number | null]
    return code !== 0
  }

  const start = async (mine: number): Promise<void> => {
    if (mine !== generation || stopping) return // a later change starts it
    if (child) ending = Promise.all([ending, end(child)]).then(() => undefined)
    if (stale) stale = await isStale()
    if (stopping) return
    if (stale) return note('Waiting for a change.')
    const started = launch()
    child = started
    started.once('exit', (status) => {
      if (mine === generation && !stopping)
        note(`The program has ended (${status ?? 'killed'}). Waiting for a change.`)
    })
  }
  const changed = async (name: string): Promise<void> => {
    const mine = (generation += 1)
    stale ||= name.endsWith('.prisma')
    await pause(SETTLE_MS)
    if (mine === generation) working = working.then(() => start(mine))
  }

  return {
    /** Runs until the signal aborts; then the program has ended too. */
    until: async (signal: AbortSignal): Promise<void> => {
      const watchers = folders.map((folder) =>
        watch(folder, { recursive: true }, (_event, name) => {
          if (name !== null && source.test(name)) void changed(name)
        }),
      )
      working = start(generation)
      if (!signal.aborted) await once(signal, 'abort')
      stopping = true
      for (const watcher of watchers) watcher.close()
      await working
      if (child) await end(child)
      await ending
    },
  }
}
