/**
 * Operations under way on one SSE stream or one WebSocket: more than any page shows. Each has at most one
 * text waiting, so this also bounds what a client that does not read makes the server hold.
 */
export const MAX_OPERATIONS = 100

/** Characters of the id of one, which stands in front of each of its results: libraries use a UUID. */
export const MAX_OPERATION_ID = 200
