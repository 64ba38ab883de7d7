import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { App } from '../app.ts'
import { demo } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import type { TenantId } from '../platform/ids.ts'

const path = new URL('../../examples/rules.yaml', import.meta.url)

/** The rules that people are shown are those of the demo, whose world trips some now and then. */
export const exampleRules = async (): Promise<readonly unknown[]> =>
  (parse(await readFile(path, 'utf8')) as { readonly rules: readonly unknown[] }).rules

/** Gives a tenant that has no alert rules those of `examples/rules.yaml`; rules that somebody changed stay so. */
export const makeRules = async (
  { alertRules }: Pick<App['modules'], 'alertRules'>,
  tenant: TenantId,
): Promise<void> => {
  if ((await alertRules.reads.count(tenant)) > 0) return
  await alertRules.service.apply(trustedPermit(tenant, demo), { rules: await exampleRules() })
}
