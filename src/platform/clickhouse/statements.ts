/**
 * A string, a quoted name, a comment, or one other character. Backslashes escape inside quotes, and '' is a
 * quote.
 */
const token =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|--[^\n]*|\/\*[\s\S]*?\*\/|[\s\S]/g

/** Cuts a file into statements at the semicolons that stand outside of strings, quoted names and comments. */
export const splitStatements = (text: string): string[] => {
  const statements: string[] = []
  let current = ''
  for (const [part] of text.matchAll(token)) {
    if (part === ';') {
      statements.push(current.trim())
      current = ''
    } else if (!part.startsWith('--') && !part.startsWith('/*')) current += part
  }
  return [...statements, current.trim()].filter((statement) => statement !== '')
}
