/** What the data folder's README says of one file; every number comes from its text, none is kept here. */
export type ReadmeFacts = {
  /** The text after "Facts:" in the file's own line. */
  of(path: string): FactText
  /** A line of the section "Totals over folders". */
  totals(folder: string): FactText
}

export type FactText = {
  readonly text: string
  /** The whole number that stands where `#` stands in the phrase. Throws when the README does not say it. */
  number(phrase: string): number
  /** The text in the first group. Throws when the README does not say it. */
  match(pattern: RegExp): string
  /** `levels: INFO 35, WARN 17` -> `{ INFO: 35, WARN: 17 }`, for any such list after `label`. */
  counts(label: string): Record<string, number>
}

export const parseReadme = (readme: string): ReadmeFacts => {
  const lines = readme.split('\n')
  const find = (start: string): string => {
    const line = lines.findLast((each) => each.startsWith(start))
    if (line === undefined) throw new Error(`The README has no line that starts with "${start}"`)
    return line
  }
  return {
    of: (path) => {
      const [, facts] = find(`- \`${path}\``).split('Facts: ')
      if (facts === undefined) throw new Error(`The README has no facts of ${path}`)
      return factText(path, facts)
    },
    totals: (folder) => factText(folder, find(`- ${folder}`).slice(2 + folder.length)),
  }
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

const factText = (source: string, text: string): FactText => {
  const match = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1]
    if (found === undefined) throw new Error(`The README does not say ${pattern} of ${source}: ${text}`)
    return found
  }
  return {
    text,
    match,
    number: (phrase) =>
      Number(
        match(
          new RegExp(
            phrase
              .split('#')
              .map(escaped)
              .join(String.raw`(\d+)`),
          ),
        ),
      ),
    counts: (label) => {
      const list = match(new RegExp(`${escaped(label)} ((?:[\\w/.-]+ \\d+(?:, )?)+)`))
      return Object.fromEntries(
        list
          .split(', ')
          .filter(Boolean)
          .map((pair): [string, number] => [pair.split(' ')[0]!, Number(pair.split(' ')[1])]),
      )
    },
  }
}
