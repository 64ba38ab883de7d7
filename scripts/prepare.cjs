// Runs before `npm start` and `npm test`, also in a fresh clone: plain JavaScript, nothing newer than Node 16, no packages.
'use strict'

const { spawn } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.heliograph-lockfile')

const readText = (file) => {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** What npm wrote about the last install names every package that the lockfile wants, in the same version. */
const installedMatches = (lockText) => {
  const installedText = readText(path.join(modules, '.package-lock.json'))
  if (installedText === undefined) return false
  const installed = JSON.parse(installedText).packages
  return Object.entries(JSON.parse(lockText).packages).every(([name, wanted]) => {
    if (name === '') return true
    const found = installed[name]
    // Packages for other platforms are in the lockfile and not installed.
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

/** npm must run on the system's Node: the pinned one lies in the folder that it replaces. */
const systemPath = () =>
  (process.env.PATH || '')
    .split(path.delimiter)
    .filter((entry) => !entry.endsWith(path.join('node_modules', '.bin')))
    .join(path.delimiter)

const install = () =>
  new Promise((resolve, reject) => {
    const startedAt = Date.now()
    const seconds = () => Math.round((Date.now() - startedAt) / 1000)
    console.error('Installing dependencies (npm ci); the first time this takes a minute or two')
    // Without a terminal npm says nothing until it is done.
    const ticking = setInterval(() => console.error(`  still installing, ${seconds()} s`), 10000)
    // The pinned Node and Prisma are development dependencies, and NODE_ENV=production would leave them out.
    const npm = spawn('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      env: { ...process.env, PATH: systemPath() },
      stdio: ['ignore', 2, 2],
    })
    npm.once('error', (error) => {
      clearInterval(ticking)
      reject(new Error(`npm can't be run (${error.message}): install Node 20 or newer with npm`))
    })
    npm.once('close', (code) => {
      clearInterval(ticking)
      if (code !== 0) reject(new Error('npm ci failed; its own message above says why'))
      else resolve(console.error(`Dependencies installed in ${seconds()} s`))
    })
  })

const main = async () => {
  const lockText = readText(path.join(root, 'package-lock.json'))
  if (lockText === undefined) throw new Error('package-lock.json is missing: the clone is not complete')
  const stamp = createHash('sha256').update(lockText).digest('hex')
  const pinnedNode = path.join(modules, 'node', 'bin', 'node')
  if (readText(stampFile) !== stamp || !fs.existsSync(pinnedNode)) {
    if (!fs.existsSync(pinnedNode) || !installedMatches(lockText)) await install()
    fs.writeFileSync(stampFile, stamp)
  }
  require('./generate.cjs').generate()
}

main().catch((error) => {
  console.error(`heliograph: ${error.message}`)
  process.exitCode = 1
})
