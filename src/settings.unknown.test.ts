import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from './config.ts'
import { settings } from './settings.ts'
import { unknownSettings } from './settings.unknown.ts'

const load = (): unknown =>
  loadConfig({}, { HELIOGRAPH_ROLE: 'server', HELIOGRAPH_DATADIR: '/data', HELIOGRAPH_PORT: '1' })
const unknown = (env: Record<string, string>) => unknownSettings(Object.keys(settings), env)

test('a misspelt HELIOGRAPH_ setting is refused with the nearest name', () => {
  expect(load).toThrow(ConfigError)
  expect(load).toThrow(
    [
      'These settings are wrong:',
      '  HELIOGRAPH_ROLE: there is no such setting; the nearest is HELIOGRAPH_ROLES',
      '  HELIOGRAPH_DATADIR: there is no such setting; the nearest is HELIOGRAPH_DATA_DIR',
      '  HELIOGRAPH_PORT: there is no such setting; the nearest is PORT',
    ].join('\n'),
  )
})

test('what Kubernetes tells of a service of this name is no setting, nor is one that is empty', () => {
  const links = {
    HELIOGRAPH_SERVICE_HOST: '10.0.0.1',
    HELIOGRAPH_SERVICE_PORT: '4000',
    HELIOGRAPH_SERVICE_PORT_HTTP: '4000',
    HELIOGRAPH_PORT: 'tcp://10.0.0.1:4000',
    HELIOGRAPH_PORT_4000_TCP: 'tcp://10.0.0.1:4000',
    HELIOGRAPH_PORT_4000_TCP_ADDR: '10.0.0.1',
    HELIOGRAPH_READ_SERVICE_HOST: '10.0.0.2',
    HELIOGRAPH_ROLE: '',
  }
  expect(unknown(links)).toEqual({ ours: [], near: [] })
})

test('another name that is nearly a setting is told while that one is not set', () => {
  const env = { DATABASE_URI: 'postgres://db/a', HOSTS: 'a', EDITOR: 'vi', REDIS_URLS: 'a', REDIS_URL: 'b' }
  expect(unknown(env)).toEqual({ ours: [], near: [{ name: 'DATABASE_URI', nearest: 'DATABASE_URL' }] })
})
