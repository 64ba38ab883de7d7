import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendNodeResponse } from '@whatwg-node/server'
import { eventStreamOf } from '../graphql/plugins/sse.ts'

/** Sends what Yoga answers; a stream of events writes into Node's response itself. */
export const sendAnswer = async (
  answer: Response,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const stream = eventStreamOf(answer)
  if (!stream) return sendNodeResponse(answer, response, request, true)
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) response.setHeader(name, value)
  stream.attach(response)
}
