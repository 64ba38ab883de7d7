import { auditServer, type AuditResult } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'

let program: TestApp
beforeAll(async () => {
  program = await sharedApp()
})
afterAll(() => program.stop())

/**
 * The audits of graphql-http for the GraphQL-over-HTTP specification, against the whole program with every
 * plugin and a key. One that fails is `error` for a MUST, `warn` for a SHOULD and `notice` for a MAY; a
 * notice that we want would be named here.
 */
test('all audits of graphql-http are held: what a server MUST, SHOULD and MAY do', async () => {
  const { key } = await program.seed.tenant()
  const results = await auditServer({
    url: `${program.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: [...new Headers(init.headers), ['authorization', `Bearer ${key}`]] }),
  })
  const failed = results.filter((each) => each.status !== 'ok')
  expect(failed.map(({ status, id, name, reason }) => `${status} ${id} ${name}: ${reason}`)).toEqual([])
  const count = (status: AuditResult['status']) => results.filter((each) => each.status === status).length
  const counts = { ok: count('ok'), notice: count('notice'), warn: count('warn'), error: count('error') }
  process.stderr.write(`graphql-http audits: ${JSON.stringify(counts)}\n`)
  expect(counts.ok).toBe(61) // another number: the package has other audits now
})
