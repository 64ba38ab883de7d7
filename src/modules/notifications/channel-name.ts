import { nameOf } from '../../platform/texts.ts'

/** The longest name of a channel, in characters: of the channel itself, and wherever it is named. */
export const MAX_CHANNEL_NAME = 200

/** A channel's name, as its channel has it and as rules, routes and schedules write it. */
export const channelName = nameOf(MAX_CHANNEL_NAME)
