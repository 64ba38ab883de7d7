import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../config.ts'
import { providersOf } from './providers.ts'

const URIS = { OAUTH_REDIRECT_URIS: 'https://dash.example.com/signed-in' }
const wrongOf = (env: Record<string, string>): string => {
  try {
    loadConfig({}, env)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

test('nothing is configured until somebody does, and each provider is data', () => {
  expect(providersOf(loadConfig({}, {}))).toEqual([])
  const all = providersOf(
    loadConfig(
      {},
      {
        ...URIS,
        OAUTH_GITHUB_CLIENT_ID: 'a',
        OAUTH_GITHUB_CLIENT_SECRET: 'b',
        OAUTH_GOOGLE_CLIENT_ID: 'c',
        OAUTH_GOOGLE_CLIENT_SECRET: 'd',
        OAUTH_OIDC_ISSUER: 'https://login.example.com/realms/one',
        OAUTH_OIDC_CLIENT_ID: 'e',
        OAUTH_OIDC_CLIENT_SECRET: 'f',
      },
    ),
  )
  expect(all).toMatchObject([
    { id: 'github', issuer: 'https://github.com/login/oauth', api: 'https://api.github.com', clientId: 'a' },
    { id: 'google', name: 'Google', issuer: 'https://accounts.google.com', clientSecret: 'd' },
    { id: 'oidc', name: 'Single sign-on', issuer: 'https://login.example.com/realms/one' },
  ])
})

test('what is missing beside what was given is named, all of it', () => {
  const text = wrongOf({ OAUTH_GITHUB_CLIENT_ID: 'a', OAUTH_OIDC_CLIENT_SECRET: 'f' })
  for (const name of [
    'OAUTH_GITHUB_CLIENT_SECRET: is needed with OAUTH_GITHUB_CLIENT_ID',
    'OAUTH_OIDC_ISSUER: is needed with OAUTH_OIDC_CLIENT_SECRET',
    'OAUTH_OIDC_CLIENT_ID: is needed with OAUTH_OIDC_CLIENT_SECRET',
    'OAUTH_REDIRECT_URIS: is needed with',
  ])
    expect(text).toContain(`  ${name}`)
  expect(text).not.toContain('GOOGLE')
  expect(text.split('\n')).toHaveLength(5)
  expect(wrongOf({ ...URIS, OAUTH_GITHUB_URL: 'https://github.example.com' })).toBe('')
})

test.each([
  ['OAUTH_REDIRECT_URIS', 'http://dash.example.com/signed-in'],
  ['OAUTH_REDIRECT_URIS', 'https://dash.example.com/signed-in?x=1'],
  ['OAUTH_REDIRECT_URIS', 'https://dash.example.com/signed-in?'],
  ['OAUTH_REDIRECT_URIS', 'https://dash.example.com/signed-in#x'],
  ['OAUTH_REDIRECT_URIS', 'https://dash.example.com'],
  ['OAUTH_REDIRECT_URIS', 'https://dash.example.com/signed-in,javascript:alert(1)'],
  ['OAUTH_REDIRECT_URIS', 'signed-in'],
  ['OAUTH_OIDC_ISSUER', 'http://login.example.com'],
  ['OAUTH_OIDC_ISSUER', 'http://127.0.0.1.example.com'],
  ['OAUTH_OIDC_ISSUER', 'https://user:password@login.example.com'],
  ['OAUTH_OIDC_ISSUER', 'login.example.com'],
  ['OAUTH_GITHUB_URL', 'https://github.example.com/'],
  ['OAUTH_GITHUB_URL', 'http://github.example.com'],
])('%s=%s is refused', (name, value) => {
  expect(wrongOf({ [name]: value })).toContain(`  ${name}: expected `)
})

test.each([
  ['OAUTH_REDIRECT_URIS', 'http://localhost:3000/signed-in, http://[::1]:3000/, https://dash.example.com/'],
  ['OAUTH_GITHUB_URL', 'http://127.0.0.1:3001'],
])('%s=%s is taken: it does not leave this machine, or is https', (name, value) => {
  expect(wrongOf({ [name]: value })).toBe('')
})
