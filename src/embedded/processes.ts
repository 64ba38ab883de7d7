import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const hasProc = process.platform === 'linux'

const readOrUndefined = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // A process may end between listing and reading it (ESRCH is what /proc answers then).
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** `settings` are of its environment. */
const ps = (args: readonly string[], settings: readonly string[] = []): string => {
  try {
    return execFileSync('env', [...settings, 'ps', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    // ps exits with 1 when the process is gone; anything else (no ps at all) must be seen.
    if ((error as { status?: number }).status === 1) return ''
    throw error
  }
}

/**
 * Names one life of a process: its start time, so that another process that was given the same pid later is
 * not mistaken for it. Undefined when there is no such process, or when it has ended and waits to be reaped.
 */
export const processIdentity = (pid: number): string | undefined =>
  hasProc ? identityByProc(pid) : identityByPs(pid)

/** As `ps` tells it, where there is no /proc. */
export const identityByPs = (pid: number): string | undefined => {
  // Compared as text, so it must not change with the language or zone of who asks.
  const said = ps(['-o', 'stat=,lstart=', '-p', String(pid)], ['LC_ALL=C', 'TZ=UTC'])
  const [state = '', ...started] = said.trim().split(/\s+/)
  return state === '' || state.startsWith('Z') ? undefined : started.join(' ')
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

let kernel: string | undefined
/** Names this run of this machine's kernel, which all its containers share. */
export const kernelOf = (): string =>
  (kernel ??= hasProc
    ? `linux ${bootId()}`
    : `${process.platform} ${execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim()}`)

const identityByProc = (pid: number): string | undefined => {
  const stat = readOrUndefined(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name in parentheses may hold spaces and parentheses itself; state is field 3, the start time field
  // 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `${bootId()}:${fields[19]}`
}

const matches = (args: readonly string[], programs: readonly string[], argument: string): boolean =>
  programs.includes(basename(args[0] ?? '')) && args.includes(argument)

/**
 * Pids of the programs (by base name) that were started with exactly this argument, such as a store's own
 * folder.
 */
export const findProcesses = (programs: readonly string[], argument: string): number[] => {
  if (hasProc) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) =>
        matches((readOrUndefined(`/proc/${pid}/cmdline`) ?? '').split('\0'), programs, argument),
      )
  }
  return ps(['-axww', '-o', 'pid=,args='])
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s(.*)$/.exec(line))
    .filter((found) => found !== null)
    .filter(([, , program = '', rest = '']) => {
      // ps joins the arguments with spaces, so a folder with spaces is looked for as a whole.
      return programs.includes(basename(program)) && ` ${rest} `.includes(` ${argument} `)
    })
    .map(([, pid]) => Number(pid))
}

/** Polls until `done` answers true; false when `timeoutMs` went by. */
export const until = async (done: () => boolean, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs
  while (!done()) {
    if (Date.now() > deadline) return false
    await delay(25)
  }
  return true
}

/** Sends a signal; a process that has just ended is no error. */
export const signalProcess = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A polite signal first, the harsher ones when the process takes longer than `timeoutMs` each. */
export type Ending = { readonly signals: readonly NodeJS.Signals[]; readonly timeoutMs: number }

/** Ends one life of a process; it is looked at again before each signal. Throws when nothing ends it. */
export const endProcess = async (pid: number, { signals, timeoutMs }: Ending): Promise<void> => {
  const identity = processIdentity(pid)
  if (identity === undefined) return
  const gone = () => processIdentity(pid) !== identity
  for (const signal of signals) {
    if (gone()) return
    signalProcess(pid, signal)
    if (await until(gone, timeoutMs)) return
  }
  throw new Error(`Process ${pid} does not end. End it by hand (kill -9 ${pid}) and start again.`)
}

const lives = ({ pid }: { readonly pid: number }): boolean => processIdentity(pid) !== undefined

/**
 * Ends processes before it returns, for a process that is about to exit and waits for nothing any more: the
 * signals first, SIGKILL to those that are left after `timeoutMs`.
 */
export const endProcessesNow = (
  ends: readonly { readonly pid: number; readonly signal: NodeJS.Signals }[],
  timeoutMs: number,
): void => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const wait = (): boolean => {
    const deadline = performance.now() + timeoutMs
    while (ends.some(lives) && performance.now() < deadline) Atomics.wait(cell, 0, 0, 5)
    return !ends.some(lives)
  }
  for (const { pid, signal } of ends) signalProcess(pid, signal)
  if (wait()) return
  for (const end of ends.filter(lives)) signalProcess(end.pid, 'SIGKILL')
  wait()
}
