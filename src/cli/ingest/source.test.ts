import { createHash } from 'node:crypto'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openSource } from './source.ts'
import { temporaryFolder } from '../../../tests/testkit/ingest/run-command.ts'

const sourceOf = async (name: string, content: Buffer) => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const path = join(folder.path, name)
  await writeFile(path, content)
  const source = await openSource(path, process.stdin)
  onTestFinished(() => source.close())
  return source
}

const content = Buffer.from('{"a":1}\n'.repeat(50_000))

test('a packed file, also of several parts, reads as what is in it, and is the same file as that', async () => {
  const parts = [content.subarray(0, 1_000), content.subarray(1_000)]
  const packed = await sourceOf('rows.log', Buffer.concat(parts.map((part) => gzipSync(part))))
  const { stream, fraction } = packed.open()
  expect((await buffer(stream)).equals(content)).toBe(true)
  expect(fraction()).toBe(1)
  expect(packed.head.toString()).toMatch(/^\{"a":1\}\n/)
  expect(packed.sha256).toBe(createHash('sha256').update(content).digest('hex'))
  expect((await sourceOf('rows.log', content)).sha256).toBe(packed.sha256)
})

test.each([
  ['cut gzip', gzipSync(content).subarray(0, -9), "is not whole: it can't be unpacked as gzip (Z_BUF_ERROR)"],
  ['UTF-16', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'is UTF-16: convert it with iconv'],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]), 'is not text (only gzip is unpacked)'],
])('%s is refused before anything is sent, with what helps', async (_, bytes, message) => {
  await expect(sourceOf('rows.log', bytes)).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining(message),
  })
})

test('each pass reads the file that was opened, whatever its name leads to by now', async () => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const path = join(folder.path, 'rows.log')
  await writeFile(path, content)
  const source = await openSource(path, process.stdin)
  onTestFinished(() => source.close())
  await rename(path, join(folder.path, 'rows.log.1'))
  await writeFile(path, 'others')
  for (const _ of [1, 2]) expect((await buffer(source.open().stream)).equals(content)).toBe(true)
})

test('standard input leaves no file behind, and a stop ends its reading', async () => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  vi.stubEnv('TMPDIR', folder.path)
  onTestFinished(() => void vi.unstubAllEnvs())
  const source = await openSource('-', Readable.from([content]))
  expect(await readdir(folder.path)).toEqual([])
  source.open().stream.destroy() // a pass that is left early
  for (const _ of [1, 2]) expect((await buffer(source.open().stream)).equals(content)).toBe(true)
  await source.close()

  const stop = new AbortController()
  const stdin = new PassThrough()
  const opening = expect(openSource('-', stdin, stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
  stdin.write(content)
  stop.abort()
  await opening
  expect(await readdir(folder.path)).toEqual([])
})

test('an empty file has no rows', async () => {
  const { stream, fraction } = (await sourceOf('rows.csv', Buffer.alloc(0))).open()
  expect((await buffer(stream)).length).toBe(0)
  expect(fraction()).toBe(1)
})
