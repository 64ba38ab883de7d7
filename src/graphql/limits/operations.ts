/**
 * Operations under way on one SSE stream or one WebSocket: more than any page shows. Each has at most one
 * text waiting, so this also bounds what a client that does not read makes the server hold.
 */
export const MAX_OPERATIONS = 100
