import { z } from 'zod'
import { ServicePlane } from '../../../generated/prisma/enums.ts'
import { anyText, nameOf } from '../../platform/texts.ts'

/** The operator's own name of a service, and of an instance of one. */
export const serviceSlug = nameOf(128)
export const port = z.number().int().min(1).max(65_535)
const name = nameOf(200)
const plane = z.enum(ServicePlane)
const healthPath = z
  .string()
  .max(2_048)
  .regex(/^\/[\x21-\x7e]*$/, 'a path that begins with / is expected, of visible ASCII characters')
  .nullish()
const description = anyText.max(2_000)

export const newService = z.object({
  slug: serviceSlug,
  name: name.nullish(),
  plane,
  defaultPort: port.nullish(),
  healthPath,
  description: description.nullish(),
})
export type NewService = z.input<typeof newService>

/** What is absent stays. Null clears what can be empty, and is refused for what can't. */
export const serviceChange = z.object({
  name: name.optional(),
  plane: plane.optional(),
  defaultPort: port.nullish(),
  healthPath,
  description: description.optional(),
})
/** `null` is for the schema to refuse where nothing can be cleared. */
export type ServiceChange = {
  [K in keyof z.input<typeof serviceChange>]?: z.input<typeof serviceChange>[K] | null
}
