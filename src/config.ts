import { resolve } from 'node:path'
import type { z } from 'zod'
import { settings } from './settings.ts'
import { unknownSettings } from './settings.unknown.ts'

type Settings = { readonly [K in keyof typeof settings]: z.output<(typeof settings)[K]['schema']> }
export type Config = Settings & { readonly dataDir: string }

/** Settings that are needed together or not at all. Each of these sets also needs a page to return to. */
const together: readonly (readonly (keyof Settings)[])[] = [
  ['OAUTH_GITHUB_CLIENT_ID', 'OAUTH_GITHUB_CLIENT_SECRET'],
  ['OAUTH_GOOGLE_CLIENT_ID', 'OAUTH_GOOGLE_CLIENT_SECRET'],
  ['OAUTH_OIDC_ISSUER', 'OAUTH_OIDC_CLIENT_ID', 'OAUTH_OIDC_CLIENT_SECRET'],
]

/** Settings that mean nothing without another: alone they would be ignored, and a store embedded in silence. */
const needing: readonly (readonly [name: keyof Settings, needed: keyof Settings])[] = [
  ['DATABASE_OWNER_URL', 'DATABASE_URL'],
  ['MAIL_FROM', 'SMTP_URL'],
]

const storeUrls = ['DATABASE_URL', 'CLICKHOUSE_URL', 'REDIS_URL'] as const

/** Pairs of a setting that is missing and one that is set and needs it. */
const missing = (isSet: (name: keyof Settings) => boolean): [keyof Settings, keyof Settings][] => [
  ...needing
    .filter(([name, needed]) => isSet(name) && !isSet(needed))
    .map(([name, needed]): [keyof Settings, keyof Settings] => [needed, name]),
  ...together.flatMap((names) => {
    const present = names.find(isSet)
    if (present === undefined) return []
    const lacking = [...names, 'OAUTH_REDIRECT_URIS' as const].filter((name) => !isSet(name))
    return lacking.map((name): [keyof Settings, keyof Settings] => [name, present])
  }),
]

/** What the settings say of sending. */
export const notifyingOf = (config: Config) => ({
  networks: config.NOTIFY_PRIVATE_TARGETS,
  mail: config.SMTP_URL === undefined ? null : { url: config.SMTP_URL, from: config.MAIL_FROM },
  pagerDutyUrl: config.PAGERDUTY_URL,
})

/** Names every wrong variable at once, with what was expected and an example. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Names that may be settings misspelt, and the settings that they are near to; for a warning. */
export const nearSettings = (env = process.env) => unknownSettings(Object.keys(settings), env).near

/** For a child process: ours, with what is given in its place. */
export const environmentWith = (given: Readonly<Record<string, string | undefined>>) => ({
  ...process.env,
  ...given,
})

/** Reads and checks all settings; flags of the command line come as overrides. Throws ConfigError. */
export const loadConfig = (
  overrides: Partial<Record<keyof typeof settings, string | undefined>> = {},
  env = process.env,
): Config => {
  const values: Record<string, unknown> = {}
  const wrong: string[] = []
  const given = (name: string) => overrides[name as keyof typeof settings] ?? env[name]
  const valueOf = (name: string): string | undefined => {
    const text = given(name)
    return text === undefined || text.trim() === '' ? undefined : text
  }
  for (const [name, { schema, shape, example }] of Object.entries(settings)) {
    const result = schema.safeParse(valueOf(name))
    if (result.success) values[name] = result.data
    else wrong.push(`  ${name}: expected ${shape}, for example ${name}=${example}`)
  }
  const lacking = new Map(missing((name) => valueOf(name) !== undefined))
  for (const [name, present] of lacking)
    wrong.push(`  ${name}: is needed with ${present}, for example ${name}=${settings[name].example}`)
  const store = storeUrls.find((name) => valueOf(name) !== undefined)
  for (const name of storeUrls)
    if (store && given(name) !== undefined && valueOf(name) === undefined && !lacking.has(name))
      wrong.push(
        `  ${name}: is empty while ${store} is given; give it too, or leave it out to embed that store`,
      )
  for (const { name, nearest } of unknownSettings(Object.keys(settings), env).ours)
    wrong.push(`  ${name}: there is no such setting; the nearest is ${nearest}`)
  if (wrong.length > 0) throw new ConfigError(`These settings are wrong:\n${wrong.join('\n')}`)
  return { ...(values as Settings), dataDir: resolve(values.HELIOGRAPH_DATA_DIR as string) }
}
