import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assertPrepared } from '../../src/cli/prepared.ts'
import { StartError } from '../../src/embedded/start-error.ts'

/**
 * A project with the real scripts; `npm` is a program that notes how it was called and does what the test
 * says.
 */
let project: string

const put = (file: string, content: string) => {
  const path = join(project, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
const packages = (version: string) =>
  JSON.stringify({
    packages: {
      '': {},
      'node_modules/a': { version, integrity: `sha512-${version}` },
      'node_modules/other-platform': { version, optional: true },
    },
  })
const installed = (version: string) =>
  JSON.stringify({ packages: { 'node_modules/a': { version, integrity: `sha512-${version}` } } })
const npmDoes = (shell: string) => {
  put('bin/npm', `#!/bin/sh\necho "$1 $2" >> "${project}/npm-calls"\n${shell}\n`)
  chmodSync(join(project, 'bin/npm'), 0o755)
}
/** Node as it runs here, in place of the pinned one. */
const bringsNode = () => {
  const bin = join(project, 'node_modules/node/bin')
  npmDoes(`mkdir -p "${bin}" && ln -s "${process.execPath}" "${bin}/node"`)
}
const npmCalls = () =>
  existsSync(join(project, 'npm-calls'))
    ? readFileSync(join(project, 'npm-calls'), 'utf8').trim().split('\n')
    : []
const prepare = () =>
  spawnSync(process.execPath, [join(project, 'scripts/prepare.cjs')], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(project, 'bin')}:${process.env['PATH']}` },
  })

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'heliograph-prepare-'))
  cpSync('scripts', join(project, 'scripts'), { recursive: true })
  put('package-lock.json', packages('1.0.0'))
  npmDoes(`mkdir -p "${project}/node_modules/node/bin" && touch "${project}/node_modules/node/bin/node"`)
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

test('a fresh clone is installed once, and not again while the lockfile stays the same', () => {
  expect(prepare().status).toBe(0)
  expect(prepare().status).toBe(0)
  expect(npmCalls()).toEqual(['ci --include=dev'])
})

test('what npm install brought is taken as it is when it matches the lockfile', () => {
  put('node_modules/node/bin/node', '')
  put('node_modules/.package-lock.json', installed('1.0.0'))
  expect(prepare().status).toBe(0)
  expect(npmCalls()).toEqual([])
})

test('a changed lockfile is installed', () => {
  expect(prepare().status).toBe(0)
  put('node_modules/.package-lock.json', installed('1.0.0'))
  put('package-lock.json', packages('2.0.0'))
  expect(prepare().status).toBe(0)
  expect(npmCalls()).toHaveLength(2)
})

test("nothing is started on another version's packages or Prisma client", () => {
  const start = () => assertPrepared(join(project, 'scripts/prepare.cjs'))
  const refused = new StartError(
    "The installed packages or the Prisma client are not this version's. Run `node scripts/prepare.cjs` (or `npm start`, which does), then try again.",
  )
  expect(start).toThrow(refused)
  prepare()
  expect(start).not.toThrow()
  put('package-lock.json', packages('2.0.0'))
  expect(start).toThrow(refused)
  put('node_modules/.package-lock.json', installed('2.0.0')) // by npm's own hand
  expect(start).not.toThrow()

  put('node_modules/prisma/package.json', '{}')
  put('prisma/schema/stream.prisma', 'model Stream {}')
  expect(start).toThrow(refused) // never generated
  rmSync(join(project, 'node_modules/prisma'), { recursive: true }) // as `npm prune --omit=dev` leaves it
  expect(start).not.toThrow()
  rmSync(join(project, 'scripts'), { recursive: true }) // as in an image
  expect(start).not.toThrow()
})

test('the program is compiled once after an install, for the first start', () => {
  bringsNode()
  put('package.json', '{ "type": "module" }')
  for (const name of ['app', 'demo/demo', 'main'])
    put(`src/${name}.ts`, `export const name: string = '${name}'`)
  const { status, stderr } = prepare()
  expect([status, stderr]).toEqual([0, expect.stringMatching(/Compiling the program\n$/)])
  const files = readdirSync(join(project, 'node_modules/.cache/heliograph'), { recursive: true })
  expect(files).toHaveLength(1 + 2 * 4) // this Node's folder; the three and what loads them, each as text and as code
  expect(prepare().stderr).toBe('')
})

test('what can not be compiled is told, and the start is left to say so', () => {
  bringsNode()
  put('src/app.ts', 'export const =')
  const { status, stderr } = prepare()
  expect([status, stderr]).toEqual([0, expect.stringContaining('SyntaxError')])
})

test('a lockfile without the packages of other platforms is installed all the same', () => {
  npmDoes(
    `if [ "$1" = ci ]; then echo 'npm error code EUSAGE' >&2; exit 1; fi; mkdir "${project}/node_modules"`,
  )
  expect(prepare().status).toBe(0)
  expect(npmCalls()).toEqual(['ci --include=dev', 'install --no-save'])
})

test('a failed install says why in few lines, without a stack, and is tried again next time', () => {
  npmDoes(`echo 'npm error code ENOTFOUND' >&2; exit 1`)
  const { status, stderr } = prepare()
  expect(status).toBe(1)
  expect(stderr).toContain('heliograph: npm could not install the dependencies:\nnpm error code ENOTFOUND')
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(prepare().status).toBe(1)
  expect(npmCalls()).toHaveLength(2)
})
