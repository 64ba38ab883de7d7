import { registerHooks } from 'node:module'

const HERE = new URL('.', import.meta.url).href

/**
 * Where a module of ours says that another one is. They name each other by the whole path, so that is its address: Node
 * would look on the disk for each, follow links and read package.json for what it is, which is a tenth of a start.
 * Undefined where Node has to look.
 */
export const addressOf = (specifier: string, parent: string | undefined): string | undefined =>
  specifier.startsWith('.') && specifier.endsWith('.ts') && parent?.startsWith(HERE)
    ? new URL(specifier, parent).href
    : undefined

/** For all modules that are loaded from now on. */
export const nameByAddress = (): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      const url = addressOf(specifier, context.parentURL)
      return url === undefined
        ? next(specifier, context)
        : { url, format: 'module-typescript', shortCircuit: true }
    },
  })
}
