import { audience } from './audience.ts'
import { audit } from './audit.ts'
import type { DomainFixture } from './fixture.ts'
import { identity } from './identity.ts'
import { incidents } from './incidents.ts'
import { infrastructure } from './infrastructure.ts'
import { product } from './product.ts'
import { streaming } from './streaming.ts'
import { tenancy } from './tenancy.ts'

/** One line a domain. */
export const domains: readonly DomainFixture[] = [
  tenancy,
  identity,
  audit,
  streaming,
  audience,
  infrastructure,
  incidents,
  product,
]
