import { spawnSync } from 'node:child_process'

/**
 * Programs that lock the file that they are given as descriptor 3, and end with 1 when another has it. The lock is
 * the open file's, not the program's: it lasts until all who have the file open are gone, however they end. util-linux
 * and BusyBox bring the one, macOS the other.
 */
const lockers: readonly (readonly [command: string, args: readonly string[]])[] = [
  ['flock', ['-n', '3']],
  ['perl', ['-MErrno', '-e', 'open F, ">>&=3" or exit 2; flock F, 6 or exit($!{EWOULDBLOCK} ? 1 : 2)']],
]

/**
 * Locks an open file, for all containers and machines that the file system tells of each other's locks (Node has
 * no call for that). `unknown` where nothing can lock: no such program, or a file system without locks.
 */
export const lockFile = (fd: number): 'locked' | 'busy' | 'unknown' => {
  for (const [command, args] of lockers) {
    const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'ignore', fd] })
    if (status === 0) return 'locked'
    if (status === 1) return 'busy'
  }
  return 'unknown'
}
