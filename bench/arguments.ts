import { parseArgs } from 'node:util'

/** Ends the command with its usage: for who asked, or with what is wrong. */
export const endWithUsage = (usage: string, wrong?: string): never => {
  if (wrong === undefined) {
    console.log(usage)
    process.exit(0)
  }
  console.error(`${wrong}\n\n${usage}`)
  process.exit(1)
}

/** A whole number from 1. */
export const countOf = (text: string, usage: string): number =>
  /^[1-9]\d{0,8}$/.test(text) ? Number(text) : endWithUsage(usage, `"${text}" is no whole number from 1.`)

/** What stands after the command, `most` words of it at most. Ends the command for `--help` and what is wrong. */
export const wordsOf = (usage: string, most: number): string[] => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', default: false } },
    })
    if (values.help) return endWithUsage(usage)
    const more = positionals[most]
    return more === undefined ? positionals : endWithUsage(usage, `"${more}" is one argument too many.`)
  } catch (error) {
    return endWithUsage(usage, (error as Error).message) // an unknown option
  }
}

/** The numbers after the command; each that is left out is the one given here. */
export const countsOf = (usage: string, ...defaults: readonly number[]): number[] => {
  const words = wordsOf(usage, defaults.length)
  return defaults.map((count, index) => (words[index] === undefined ? count : countOf(words[index], usage)))
}
