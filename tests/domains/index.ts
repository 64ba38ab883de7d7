import { alerting } from './alerting.ts'
import { audience } from './audience.ts'
import { audit } from './audit.ts'
import type { DomainFixture } from './fixture.ts'
import { identity } from './identity.ts'
import { incidents } from './incidents.ts'
import { infrastructure } from './infrastructure.ts'
import { metrics } from './metrics.ts'
import { nodeLoad } from './node-load.ts'
import { onCall } from './on-call.ts'
import { notifications } from './notifications.ts'
import { notificationRouting } from './notification-routing.ts'
import { platformEvents } from './platform-events.ts'
import { product } from './product.ts'
import { services } from './services.ts'
import { streamHealth } from './stream-health.ts'
import { streaming } from './streaming.ts'
import { tenancy } from './tenancy.ts'
import { trackLists } from './track-lists.ts'

/** One line a domain. */
export const domains: readonly DomainFixture[] = [
  tenancy,
  identity,
  audit,
  streaming,
  streamHealth,
  trackLists,
  audience,
  infrastructure,
  nodeLoad,
  services,
  incidents,
  notifications,
  alerting,
  onCall,
  notificationRouting,
  platformEvents,
  metrics,
  product,
]
