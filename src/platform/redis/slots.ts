import { Command } from 'ioredis'

/** The slot of a command's keys, 0 to 16,383; -1 for one that has none and may go to any node. */
export const slotOf = (command: Command): number => command.getSlot() ?? -1

/** Of a channel of sharded pub/sub, which has a slot like a key. */
export const slotOfChannel = (channel: string): number => slotOf(new Command('spublish', [channel]))
