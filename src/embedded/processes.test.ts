import { afterEach, expect, test, vi } from 'vitest'
import { identityByPs } from './processes.ts'

afterEach(() => vi.unstubAllEnvs())

test('a process is the same one in every time zone and language', () => {
  const seen = ['Asia/Tokyo', 'America/New_York'].map((zone) => {
    vi.stubEnv('TZ', zone)
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8')
    return identityByPs(process.pid)
  })
  expect(seen[0]).toMatch(/ \d\d:\d\d:\d\d 20\d\d$/)
  expect(seen[1]).toBe(seen[0])
})
