/** Severities of a log line, least severe first. */
export const logLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
export type LogLevel = (typeof logLevels)[number]
/** Of failures: what an error rate counts. */
export const errorLevels = ['ERROR', 'FATAL'] as const satisfies readonly LogLevel[]
