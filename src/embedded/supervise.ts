import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../platform/logger.ts'
import { freePort, portTaken } from './ports.ts'
import { endProcess, processIdentity, type Ending } from './processes.ts'
import { StartError } from './start-error.ts'

/** How one store's program is run and known to be up. */
export type Program = {
  readonly name: 'Postgres' | 'Redis'
  readonly command: string
  readonly args: (port: number) => readonly string[]
  /** Options of the spawn, for example the user to run as. */
  readonly options?: Pick<SpawnOptions, 'uid' | 'gid'>
  readonly logFile: string
  /**
   * Resolves to true when the program answers at this port, to false while it does not yet. Throws what won't
   * get better.
   */
  readonly ready: (port: number) => Promise<boolean>
  /** How long it may take to recover its data after a crash. */
  readonly startTimeoutMs: number
  readonly ending: Ending
}

export type Supervised = {
  readonly port: number
  /** Ends the program and waits for it. */
  readonly stop: () => Promise<void>
}

type Options = {
  readonly log: Logger
  /** Called with the pid of each new process, and with undefined when it has ended. */
  readonly onProcess: (pid: number | undefined) => void
}

const LOG_LIMIT_BYTES = 10 << 20

/**
 * Standard output goes to a file, not to a pipe: the program must survive us, and its last words must survive
 * it.
 */
const openLog = (path: string): number => {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

const lastWords = (path: string): string => readFileSync(path, 'utf8').trim().split('\n').slice(-6).join('\n')

const ended = (process: ChildProcess): boolean => process.exitCode !== null || process.signalCode !== null

/** Runs a store's program in its own session and keeps it running on the same port until `stop`. */
export const supervise = async (program: Program, { log, onProcess }: Options): Promise<Supervised> => {
  /** The newest, also while it starts. */
  let child: ChildProcess | undefined
  const stopped = new AbortController()

  const launch = async (port: number): Promise<ChildProcess> => {
    const output = openLog(program.logFile)
    const started = spawn(program.command, program.args(port), {
      ...program.options,
      cwd: '/',
      // Its own session: Ctrl-C in the terminal is for us, and we drain before the stores go.
      detached: true,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    // In the same turn: no end of this process may come between the store and whoever ends it then, nor a `stop`.
    child = started
    onProcess(started.pid)
    started.once('exit', () => onProcess(undefined))
    await new Promise<void>((resolve, reject) => {
      started.once('spawn', resolve)
      started.once('error', (cause) =>
        reject(new StartError(`${program.name} can't be run: ${cause.message}`, { cause })),
      )
    })
    started.unref()
    return started
  }

  const end = async (process: ChildProcess): Promise<void> => {
    if (process.pid !== undefined && !ended(process)) await endProcess(process.pid, program.ending)
  }

  /** Undefined when the port was taken by someone else in between. */
  const startAt = async (port: number): Promise<ChildProcess | undefined> => {
    const started = await launch(port)
    const deadline = Date.now() + program.startTimeoutMs
    try {
      for (;;) {
        if (ended(started)) {
          if (await portTaken(port)) return undefined
          throw new StartError(
            `${program.name} ended while it started. Its last words (${program.logFile}):\n${lastWords(program.logFile)}`,
          )
        }
        if (stopped.signal.aborted) throw new StartError(`${program.name} was stopped while it started`)
        if (await program.ready(port)) return started
        if (Date.now() > deadline) {
          throw new StartError(`${program.name} does not answer. Its log is ${program.logFile}.`)
        }
        await delay(25)
      }
    } catch (error) {
      await end(started)
      throw error
    }
  }

  const startAnywhere = async (attempts: number): Promise<number> => {
    const port = await freePort()
    if (await startAt(port)) return port
    if (attempts <= 1) throw new StartError(`${program.name} finds no free port on 127.0.0.1.`)
    return startAnywhere(attempts - 1)
  }

  const port = await startAnywhere(5)

  /** Holds nobody up, and `stop` ends it: a process with nothing else to do would end while it waits. */
  const pause = (ms: number): Promise<void> =>
    delay(ms, undefined, { ref: false, signal: stopped.signal }).catch(() => undefined)
  const restart = async (failures: number): Promise<void> => {
    // Half a second at first: a single crash costs little. 30 s at most: a full disk should not fill the log.
    await pause(Math.min(500 * 2 ** failures, 30_000))
    if (stopped.signal.aborted) return
    try {
      const started = await startAt(port)
      if (started === undefined) throw new StartError(`port ${port} has been taken by another program`)
      log.info({ store: program.name }, `${program.name} runs again`)
      keepRunning(started)
    } catch (error) {
      if (stopped.signal.aborted) return
      log.error({ err: error, store: program.name }, `${program.name} did not come back; trying again`)
      await restart(failures + 1)
    }
  }
  let restarting: Promise<void> = Promise.resolve()
  const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (stopped.signal.aborted) return
    log.error(
      { store: program.name, code, signal, logFile: program.logFile },
      `${program.name} ended by itself and is started again. Its log says why; memory and disk are the usual reasons.`,
    )
    restarting = restart(0)
  }
  const keepRunning = (process: ChildProcess): void => {
    if (ended(process)) onExit(process.exitCode, process.signalCode)
    else process.once('exit', onExit)
  }
  keepRunning(child!)

  return {
    port,
    async stop() {
      stopped.abort()
      // Also one that a restart waits for: its end answers that, and holds this process until it is heard.
      child?.ref()
      if (child !== undefined) await end(child)
      await restarting
    },
  }
}

/**
 * Ends programs of an earlier run that its own process could not end, found by `pids` (verified to be ours).
 */
export const endLeftovers = async (
  name: Program['name'],
  pids: readonly number[],
  ending: Ending,
  log: Logger,
): Promise<void> => {
  for (const pid of pids) {
    if (processIdentity(pid) === undefined) continue
    log.warn({ store: name, pid }, `ending a ${name} that an earlier run left behind`)
    await endProcess(pid, ending)
  }
}
