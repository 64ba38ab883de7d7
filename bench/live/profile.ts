import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of a .cpuprofile: times are in microseconds, `samples` are ids of nodes. */
type Profile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))

const nameOf = ({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string => {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  const short = file.includes('node_modules')
    ? file.replace(/^.*node_modules\//, '')
    : file && relative(root, file)
  return `${functionName || '(anonymous)'} ${file.startsWith('node:') ? file : short}${url && `:${lineNumber + 1}`}`
}

/** The functions with the most time of their own, in per cent of the time in which something ran. */
export const topOf = (profile: Profile, count: number): [name: string, part: number][] => {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  profile.samples.forEach((id, index) => {
    const name = names.get(id)!
    times.set(name, (times.get(name) ?? 0) + profile.timeDeltas[index]!)
  })
  for (const name of times.keys())
    if (name.startsWith('(idle)') || name.includes('node:inspector')) times.delete(name)
  const all = times.values().reduce((sum, time) => sum + time, 0)
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => [name, (100 * time) / all])
}

/** Prints the profiles of a folder, a table each. */
export const printProfiles = (folder: string): void => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    console.log(`\n${file}\n\n| function | of its own, % |\n|---|---|`)
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile
    for (const [name, part] of topOf(profile, 25)) console.log(`| ${name} | ${part.toFixed(1)} |`)
  }
}
