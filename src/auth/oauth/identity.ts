import { z } from 'zod'
import { anyText, asName } from '../../platform/texts.ts'

/** Who somebody is at a provider. */
export type Identity = {
  readonly issuer: string
  /** Never given to another person by that issuer. */
  readonly subject: string
  /** Only an e-mail that the provider says it has verified. */
  readonly email: string | undefined
  /** 0 to 200 characters. */
  readonly name: string
  readonly picture: string | undefined
}

/** What a provider tells of a person, whatever it calls it. Only the subject must be there. */
const profileShape = z.object({
  // OpenID Connect Core, 2: at most 255 characters of ASCII.
  subject: z.string().regex(/^[\x20-\x7e]{1,255}$/),
  email: anyText.max(254).optional().catch(undefined),
  emailVerified: z.literal(true).optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  picture: z
    .string()
    .transform((text) => URL.parse(text)?.href ?? '')
    // Longer ones are images in themselves, and http:// ones would make pages that show them insecure.
    .pipe(z.string().startsWith('https://').max(2_048))
    .optional()
    .catch(undefined),
})
export type Profile = { readonly [K in keyof z.output<typeof profileShape>]: unknown }

/**
 * The identity that a profile tells of, its texts cut to what an account holds; undefined without a subject.
 */
export const identityOf = (issuer: string, profile: Profile): Identity | undefined => {
  const read = profileShape.safeParse(profile)
  if (!read.success) return undefined
  const { subject, email, emailVerified, name, picture } = read.data
  return {
    issuer,
    subject,
    email: emailVerified ? email : undefined,
    name: asName(name ?? '', 200),
    picture,
  }
}
