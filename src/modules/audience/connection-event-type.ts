/** What a connection event says, as producers and the store call it. */
export const connectionEventTypes = ['connect', 'disconnect'] as const
export type ConnectionEventType = (typeof connectionEventTypes)[number]
