import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const MISSING =
  `No browser was found: install Chromium (apt install chromium, dnf install chromium, brew install --cask chromium) so that one of ` +
  `${NAMES.join(', ')} is on the PATH. The tests of the page are not skipped without it.`

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // accessSync says no only by throwing
  }
}

const findChromium = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isProgram)

/**
 * As root on Debian it may be installed, as the launcher does with Redis; elsewhere it throws what to
 * install.
 */
const installChromium = (): string => {
  const aptGet = spawnSync('apt-get', ['--version'], { stdio: 'ignore' })
  if (process.getuid?.() !== 0 || aptGet.status !== 0) throw new Error(MISSING)
  console.info('No browser found: installing Chromium with apt-get (apt-get install chromium)')
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const run = spawnSync('apt-get', ['-q', ...args], {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (run.status !== 0)
      throw new Error(`apt-get ${args[0]} failed (${run.stderr.trim().split('\n').at(-1)}). ${MISSING}`)
  }
  const found = findChromium()
  if (!found) throw new Error(MISSING)
  return found
}

/** Time for `launchChromium` when Chromium has to be downloaded first, in milliseconds. */
export const INSTALL_TIMEOUT_MS = 300_000

/**
 * A real Chromium that knows no host but this one: whatever the page wants from elsewhere fails, as without
 * internet.
 */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  })
