import type { ChainableCommander, Redis } from 'ioredis'
import { redisError } from './errors.ts'

type Argument = string | number | Buffer

/**
 * A Lua script: atomic on the server, sent as its SHA-1 after the first time, loaded again when the server
 * forgot it.
 */
export type Script = {
  /** Runs it now. Rejects with STORE_UNAVAILABLE when Redis does not answer. */
  run(keys: readonly string[], args: readonly Argument[]): Promise<unknown>
  /** Adds it to a pipeline of the same store; its reply is one entry of `exec`. */
  add(pipeline: ChainableCommander, keys: readonly string[], args: readonly Argument[]): void
}

export type ScriptSource = { readonly name: string; readonly keys: number; readonly lua: string }

type Method = (...args: readonly Argument[]) => Promise<unknown>

/**
 * Registers a script with a connection. `name` is unique in the program; the same name and text may come
 * again.
 */
export const registerScript = (redis: Redis, { name, keys: numberOfKeys, lua }: ScriptSource): Script => {
  const method = `hg_${name}`
  redis.defineCommand(method, { numberOfKeys, lua })
  const on = (target: object): Method => {
    const send = (target as Record<string, Method>)[method]
    if (!send) throw new TypeError(`script ${name} is not known to this pipeline: it began before the script`)
    return send.bind(target)
  }
  return {
    run: async (keys, args) => {
      try {
        return await on(redis)(...keys, ...args)
      } catch (error) {
        throw redisError(error)
      }
    },
    add: (pipeline, keys, args) => void on(pipeline)(...keys, ...args),
  }
}
