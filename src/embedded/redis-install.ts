import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { StartError } from './start-error.ts'

const missing =
  'No redis-server or valkey-server (7.0 or newer) was found: install it (apt install redis-server, dnf install valkey, ' +
  'brew install redis) or set REDIS_URL to one that runs.'

const canInstall = (): boolean =>
  process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0

/**
 * Debian starts a package's service when it is installed. invoke-rc.d asks this program first (Debian policy
 * 9.3.3.1), and 101 means "not allowed". One that the machine's owner put there already stays as it is.
 */
const POLICY = '/usr/sbin/policy-rc.d'

const withoutServiceStart = (install: () => void): void => {
  const ownPolicy = !existsSync(POLICY)
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true })
  }
  // Nor at the next boot.
  if (existsSync('/run/systemd/system'))
    spawnSync('systemctl', ['disable', 'redis-server'], { stdio: 'ignore' })
}

/**
 * Installs Debian's redis-server when we may (root, apt-get), and gives what is found then. The package's own
 * service is not started: we run a private Redis, and a second one would only hold memory and a port. Throws
 * StartError with the packages' names otherwise.
 */
export const installRedis = <Server>(options: {
  readonly onProgress: (text: string) => void
  readonly findServer: () => Server | undefined
}): Server => {
  if (!canInstall()) throw new StartError(missing)
  options.onProgress('No redis-server found: installing it with apt-get (apt-get install redis-server)')
  withoutServiceStart(() => {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']]) {
      const run = spawnSync('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      if (run.status !== 0) {
        const reason = run.stderr.trim().split('\n').at(-1) ?? ''
        throw new StartError(`apt-get ${args[0]} failed (${reason}). ${missing}`)
      }
    }
  })
  const found = options.findServer()
  if (found === undefined) throw new StartError(missing)
  return found
}
