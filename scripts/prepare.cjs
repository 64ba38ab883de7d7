// Runs before `npm start` and `npm test`, also in a fresh clone: plain JavaScript, nothing newer than Node
// 16, no packages.
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { generate, isGenerated } = require('./generate.cjs')

const root = path.dirname(__dirname)
const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.heliograph-lockfile')
const pinnedNode = path.join(modules, 'node', 'bin', 'node')

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

/** Runs npm and gives what it said on standard error, with its exit code. */
const npm = (args) =>
  new Promise((resolve, reject) => {
    // The pinned Node and Prisma are development dependencies, and NODE_ENV=production would leave them out.
    const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
    const run = spawn('npm', args.concat(flags), {
      cwd: root,
      env: { ...process.env, PATH: systemPath() },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    run.stderr.on('data', (chunk) => (said += chunk))
    run.once('error', (error) =>
      reject(new Error(`npm can't be run (${error.message}): install Node 20 or newer with npm`)),
    )
    run.once('close', (code) => resolve({ code, said }))
  })

const install = async () => {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  console.error('Installing dependencies (npm ci); the first time this takes a minute or two')
  const ticking = setInterval(() => console.error(`  still installing, ${seconds()} s`), 10000)
  try {
    let run = await npm(['ci'])
    // npm ci insists on lockfile entries for the packages of every platform, and a registry that lacks some
    // of them can't give a lockfile that has them. The same versions and checksums are installed without that
    // check.
    if (run.code !== 0 && run.said.includes('code EUSAGE')) run = await npm(['install', '--no-save'])
    if (run.code !== 0) {
      throw new Error(
        `npm could not install the dependencies:\n${run.said.split('\n').slice(0, 12).join('\n')}`,
      )
    }
    console.error(`Dependencies installed in ${seconds()} s`)
  } finally {
    clearInterval(ticking)
  }
}

/**
 * Once after an install, so that the first start takes no longer than the next. What can't be compiled says so there,
 * and again when it is run.
 */
const compile = () => {
  const cache = path.join(modules, '.cache', 'heliograph') // as bin/heliograph has it
  if (fs.existsSync(cache) || !fs.existsSync(path.join(root, 'src'))) return
  console.error('Compiling the program')
  spawnSync(pinnedNode, [path.join(root, 'scripts', 'compile.ts')], {
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const stampOf = (lockText) => createHash('sha256').update(lockText).digest('hex')
const installed = (lockText) =>
  fs.existsSync(pinnedNode) && (readText(stampFile) === stampOf(lockText) || installedMatches(lockText))

/** Whether the packages and the Prisma client are those that this version wants. */
const isPrepared = () => {
  const lockText = readText(path.join(root, 'package-lock.json'))
  return lockText === undefined || (installed(lockText) && isGenerated())
}

const main = async () => {
  const lockText = readText(path.join(root, 'package-lock.json'))
  if (lockText === undefined) throw new Error('package-lock.json is missing: the clone is not complete')
  if (!installed(lockText)) await install()
  if (readText(stampFile) !== stampOf(lockText)) fs.writeFileSync(stampFile, stampOf(lockText))
  generate()
  compile()
}

module.exports = { isPrepared }

if (require.main === module)
  main().catch((error) => {
    console.error(`heliograph: ${error.message}`)
    process.exitCode = 1
  })
