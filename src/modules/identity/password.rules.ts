import { z } from 'zod'

/** Long enough and found in every list that attackers try first; shorter ones the length keeps out. */
const worst = new Set(
  `password password1 password12 password123 password1234 passw0rd p@ssw0rd 12345678 123456789 1234567890 12345678910 123123123
   11111111 111111111 00000000 000000000 88888888 66666666 87654321 987654321 0987654321 qwertyui qwertyuiop qwerty12 qwerty123
   qwerty1234 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx asdfghjk asdfghjkl zxcvbnm1 abcd1234 abc12345 abcdefgh a1b2c3d4 aa123456
   iloveyou iloveyou1 sunshine princess football baseball superman batman123 trustno1 welcome1 welcome123 letmein1 letmein123
   administrator admin123 admin1234 changeme changeme1 default1 computer internet starwars whatever michelle jennifer corvette
   mercedes samantha heliograph heliograph1 secret123 test1234 testtest monkey123 dragon123 master123 hello123 login123`.split(
    /\s+/,
  ),
)

/** Letters are code points: a long password in any writing system is one. */
const lengthOf = (text: string): number => Array.from(text).length

/**
 * A password that may be chosen. Nothing of composition: length and not being among the worst is what helps
 * (NIST SP 800-63B).
 */
export const newPassword = z
  .string()
  .refine((text) => lengthOf(text) >= 8 && lengthOf(text) <= 256, 'choose 8 to 256 characters')
  .refine(
    (text) => !worst.has(text.toLowerCase()),
    'that is one of the first that anybody would try: choose another',
  )
  .refine((text) => new Set(text).size > 2, 'choose more than two different characters')

/** A password that somebody says is theirs: only bounded, so that what it costs to check is. */
export const givenPassword = z.string().max(1_024, 'at most 1,024 characters')

/**
 * An e-mail as accounts are named by it: in lower case, without characters that can't be seen. Whether it can
 * receive anything only a letter to it would show.
 */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@\p{C}]+@[^\s@.\p{C}]+(?:\.[^\s@.\p{C}]+)+$/u, 'expected an e-mail address')
