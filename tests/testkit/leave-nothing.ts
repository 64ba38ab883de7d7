import { afterAll, beforeAll, vi } from 'vitest'

// Files of a worker share its process: what one of them changed and did not put back, another would meet.
const environment = { ...process.env }

beforeAll(() => {
  vi.useRealTimers()
})
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
  Object.assign(process.env, environment)
})
