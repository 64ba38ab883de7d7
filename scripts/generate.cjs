// Makes the Prisma client and the Pothos types when the schema has changed. Plain JavaScript, as prepare.cjs.
'use strict'

const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const schema = path.join(root, 'prisma', 'schema')
const stampFile = path.join(root, 'generated', '.stamp')
const outputs = ['generated/prisma/client.ts', 'generated/pothos-types.ts'].map((file) =>
  path.join(root, file),
)
const prisma = path.join(root, 'node_modules', 'prisma', 'package.json')
const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', 'node')

const stampOf = () => {
  const hash = createHash('sha256')
  // oxlint-disable-next-line unicorn/no-array-sort -- older Nodes have no toSorted
  for (const file of fs.readdirSync(schema).sort())
    hash.update(file).update(fs.readFileSync(path.join(schema, file)))
  return hash.update(fs.readFileSync(prisma)).digest('hex')
}

const upToDate = (stamp) =>
  outputs.every((file) => fs.existsSync(file)) &&
  fs.existsSync(stampFile) &&
  fs.readFileSync(stampFile, 'utf8') === stamp

/**
 * `prisma generate` insists on an engine that it does not use and that npm does not carry: any existing file
 * will do.
 */
const engine = () => {
  const folder = path.join(root, 'node_modules', '@prisma', 'engines')
  const real =
    fs.existsSync(folder) && fs.readdirSync(folder).find((name) => name.startsWith('schema-engine-'))
  return real ? path.join(folder, real) : pinnedNode
}

/** Also where it can't be told: without what only development needs. */
const isGenerated = () => !fs.existsSync(schema) || !fs.existsSync(prisma) || upToDate(stampOf())

/** Quiet unless it fails. Throws an Error with Prisma's own words. */
const generate = () => {
  if (!fs.existsSync(schema)) return
  const stamp = stampOf()
  if (upToDate(stamp)) return
  console.error('Generating the Prisma client')
  const bin = path.join(root, 'node_modules', '.bin')
  const run = spawnSync(
    pinnedNode,
    [
      path.join(root, 'node_modules', 'prisma', 'build', 'index.js'),
      'generate',
      '--schema',
      schema,
      '--no-hints',
    ],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        // Generators are found by their names, and run on the pinned Node.
        PATH: bin + path.delimiter + (process.env.PATH || ''),
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY || engine(),
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        // No question home about newer versions.
        CHECKPOINT_DISABLE: '1',
      },
    },
  )
  if (run.error) throw new Error(`prisma generate can't be run: ${run.error.message}`)
  if (run.status !== 0) throw new Error(`prisma generate failed:\n${(run.stderr + run.stdout).trim()}`)
  fs.writeFileSync(stampFile, stamp)
}

module.exports = { generate, isGenerated }

if (require.main === module) {
  try {
    generate()
  } catch (error) {
    console.error(`heliograph: ${error.message}`)
    process.exitCode = 1
  }
}
