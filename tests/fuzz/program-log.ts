import { createLogger } from '../../src/platform/logger.ts'

/** A log that is kept, so that a find can be shown with what the program knew of it. */
export const createKeptLog = () => {
  const lines: string[] = []
  const log = createLogger({
    level: 'error',
    format: 'json',
    to: { write: (line) => void (lines.push(line) > 500 && lines.shift()) },
  })
  return {
    log,
    /** The lines about a request that a text names, and those about none. */
    about: (text: string): string[] =>
      lines.filter((line) => {
        const [, requestId] = /"requestId":"([^"]+)"/.exec(line) ?? []
        return requestId === undefined || text.includes(requestId)
      }),
  }
}
