import { spawn } from 'node:child_process'
import { endProcessesNow } from './processes.ts'

/**
 * The shell reads from a pipe that only this process holds. However this process ends, kill -9 included, the
 * read ends too, and the shell stops the stores that it was told of. It runs in its own session, so that
 * Ctrl-C does not reach it. A pid is signalled only while the command line of that process still names the
 * store's own folder.
 */
const script = `
trap '' HUP INT TERM
ours() {
  [ -n "$1" ] || return 1
  if [ -r "/proc/$1/cmdline" ]; then args=$(tr '\\0' ' ' < "/proc/$1/cmdline" 2>/dev/null)
  else args=$(ps -ww -o args= -p "$1" 2>/dev/null); fi
  case "$args" in *"$2"*) return 0 ;; *) return 1 ;; esac
}
postgres= postgres_mark= redis= redis_mark=
while IFS='	' read -r name pid mark; do
  case "$name" in
    postgres) postgres=$pid postgres_mark=$mark ;;
    redis) redis=$pid redis_mark=$mark ;;
    remove) set -- "$@" "$mark" ;;
    done) exit 0 ;;
  esac
done
ours "$postgres" "$postgres_mark" && kill -INT "$postgres"
ours "$redis" "$redis_mark" && kill -TERM "$redis"
turn=0
while ours "$postgres" "$postgres_mark" || ours "$redis" "$redis_mark"; do
  turn=$((turn + 1))
  if [ "$turn" -eq 10 ]; then
    ours "$postgres" "$postgres_mark" && kill -QUIT "$postgres"
    ours "$redis" "$redis_mark" && kill -KILL "$redis"
  fi
  [ "$turn" -gt 20 ] && exit 1
  sleep 1
done
[ "$#" -gt 0 ] && rm -rf -- "$@"
exit 0
`

/**
 * The quickest ends that lose nothing that was acknowledged: Postgres replays its log at the next start, and
 * the append-only file of Redis has been handed to the system before it answered.
 */
const AT_ONCE = { postgres: 'SIGQUIT', redis: 'SIGTERM' } as const
/** Both take some 50 ms; a store that takes longer is killed. */
const AT_ONCE_MS = 2_000

type Store = keyof typeof AT_ONCE
/** `mark` is what the command line of the process must hold. */
export type Watched = { readonly pid: number; readonly mark: string }

/** Stops the stores when this process can't any more. */
export type Watchdog = {
  /** Names the process to stop; undefined when it has ended. */
  readonly watch: (store: Store, process: Watched | undefined) => void
  /** A folder to remove after everything has stopped: for a stack that was only made for a test run. */
  readonly removeAtDeath: (folder: string) => void
  /** The stores have been stopped: nothing is left to do. */
  readonly dismiss: () => Promise<void>
}

/**
 * Starts the watchdog (one `sh`, about 1 MB). `onLost` is called if it dies before it was dismissed. A
 * process that exits without having dismissed it ends the stores itself first, so that whoever waits for its
 * exit finds none. `lock` is an open file, which it keeps open until the stores have ended.
 */
export const startWatchdog = (lock: number, onLost: () => void): Watchdog => {
  const shell = spawn('/bin/sh', ['-c', script, 'heliograph-watchdog'], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore', lock],
  })
  const stdin = shell.stdin!
  let dismissed = false
  const watched = new Map<Store, Watched>()
  const endNow = (): void =>
    endProcessesNow(
      [...watched].map(([store, { pid }]) => ({ pid, signal: AT_ONCE[store] })),
      AT_ONCE_MS,
    )
  process.on('exit', endNow)
  const ended = new Promise<void>((resolve) => {
    shell.once('error', () => resolve())
    shell.once('exit', () => resolve())
  })
  void ended.then(() => {
    if (!dismissed) onLost()
    return undefined
  })
  // Writing to a shell that has died is reported by onLost.
  stdin.on('error', () => undefined)
  // It must not keep this process alive: ending is what it waits for.
  shell.unref()
  const tell = (...words: string[]) => stdin.write(`${words.join('\t')}\n`)
  return {
    watch: (store, found) => {
      if (found) watched.set(store, found)
      else watched.delete(store)
      tell(store, found ? String(found.pid) : '', found?.mark ?? '')
    },
    removeAtDeath: (folder) => tell('remove', '-', folder),
    async dismiss() {
      if (dismissed) return
      dismissed = true
      process.off('exit', endNow)
      stdin.end('done\n')
      shell.ref()
      await ended
    },
  }
}
