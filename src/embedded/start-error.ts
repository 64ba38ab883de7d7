/** A failure to start that a person can act on: one line, no stack needed. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
