import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Browser } from 'playwright-core'

// The first has no window at all, and takes a fifth less of the processor.
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

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

const findChromium = (): string | undefined => {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
}

const aptGet = (...args: string[]): Promise<unknown> =>
  promisify(execFile)('apt-get', ['-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 << 20,
  })

/**
 * As root on Debian it may be installed, as the launcher does with Redis; elsewhere it throws what to
 * install.
 */
const installChromium = async (): Promise<string> => {
  const hasApt = await aptGet('--version').catch(() => undefined)
  if (process.getuid?.() !== 0 || hasApt === undefined) throw new Error(MISSING)
  console.info('No browser found: installing Chromium with apt-get')
  const install = (name: string) => aptGet('install', '-y', '--no-install-recommends', name)
  try {
    await aptGet('update')
    await install('chromium-headless-shell').catch(() => install('chromium')) // of its own since Debian 12
  } catch (cause) {
    throw new Error(`apt-get failed. ${MISSING}`, { cause })
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
export const launchChromium = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium() ?? (await installChromium()),
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
