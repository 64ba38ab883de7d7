import ipaddr from 'ipaddr.js'
import { createGuardedPost } from '../../platform/http/guarded-post.ts'
import type { Network } from '../../platform/http/target-address.ts'
import type { Core } from '../core.ts'
import './channel.schema.ts'
import './channel.mutations.schema.ts'
import './notification.schema.ts'
import './incident-notification.schema.ts'
import './notification.mutations.schema.ts'
import './notification.live.schema.ts'
import './preview.schema.ts'
import { createChannelTestService } from './channel-test.service.ts'
import { createChannelSecrets } from './channel.secrets.ts'
import { createChannelService } from './channel.service.ts'
import { createChannelStore, type ChannelUsers } from './channel.store.ts'
import { createDeliverer } from './delivery.ts'
import { createDeliveryStore } from './delivery.store.ts'
import { deliveryTasks, switchOffWith } from './delivery.task.ts'
import { linksTo } from './links.ts'
import { lockedChannels } from './locked-channels.store.ts'
import { createNotificationService } from './notification.service.ts'
import { createNotificationStore, type IncidentReads, type RuleReads } from './notification.store.ts'
import { createPreviewService } from './preview.service.ts'
import { createSenders } from './senders.ts'
import { notificationChangedTopic } from './notification.topics.ts'
import type { MailSettings } from './send-email.ts'
import { createTimelineStore, type NoteDelivery } from './timeline.store.ts'

/** What the operator decides about sending. */
export type Notifying = {
  /** Whether this process sends. */
  readonly sends: boolean
  /** Encrypts where channels lead. */
  readonly secret: string
  /** Where people open the program; known when it listens. */
  readonly publicUrl: () => string
  readonly networks: readonly Network[]
  readonly mail: MailSettings | null
  readonly pagerDutyUrl: string
  /** How long a receiver has to answer; 10,000 ms unless told. */
  readonly timeoutMs?: number | undefined
}
export type NotificationDeps = { readonly notifying: Notifying }

export const notificationTopics = [notificationChangedTopic]

/** Every address: for where the operator said, who may say anything. */
const anywhere: readonly Network[] = [ipaddr.parseCIDR('0.0.0.0/0'), ipaddr.parseCIDR('::/0')]

/** Channels, messages to them, and who delivers those. */
export const createNotifications = (
  core: Core &
    NotificationDeps &
    ChannelUsers & {
      readonly incidentReads: IncidentReads
      readonly ruleReads: RuleReads
      readonly noteDelivery: NoteDelivery
      /** Says that events were committed; see `createOutboxRelay`. */
      readonly poke: () => void
    },
) => {
  const { clock, notifying, incidentReads: incidents, ruleReads: rules } = core
  const { networks, timeoutMs } = notifying
  const wait = timeoutMs !== undefined && { timeoutMs }
  const linkTo = linksTo(notifying.publicUrl)
  const secrets = createChannelSecrets(notifying.secret)
  const channels = createChannelStore(core)
  const store = createNotificationStore(core)
  const deliveries = createDeliveryStore(core)
  const send = createSenders({
    ...notifying,
    post: createGuardedPost({ allowed: networks, ...wait }),
    postToOperators: createGuardedPost({ allowed: anywhere, ...wait }),
  })
  const deliverer = createDeliverer({
    ...core,
    store: deliveries,
    switchOff: switchOffWith(channels),
    secrets,
    send,
    linkTo,
  })
  const poke = (): void => {
    core.poke() // that they are queued is an event
    if (notifying.sends) deliverer.poke()
  }
  const allowed = { networks, mail: notifying.mail !== null }
  return {
    notificationChannels: {
      reads: channels.reads,
      service: {
        ...createChannelService({ ...core, store: channels, secrets, allowed }),
        ...createChannelTestService({ ...core, store: channels, secrets, send, linkTo }),
      },
    },
    notifications: {
      reads: store.reads,
      attemptReads: store.attemptReads,
      incidentReads: store.incidentReads,
      service: {
        ...createNotificationService({ ...core, store, channels, linkTo, poke }),
        ...createPreviewService({ clock, channels, incidents, rules, linkTo }),
        tasks: deliveryTasks({ deliverer, store: deliveries, timelines: createTimelineStore(core), clock }),
        stop: deliverer.stop,
        /** For the start of a program that sends: how many channels its secret does not open. */
        lockedChannels: () => lockedChannels(core.postgres, secrets),
      },
    },
  }
}
