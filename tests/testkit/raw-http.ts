import { connect } from 'node:net'

export type Heard = { readonly status: number; readonly headers: Headers; readonly body: string }

/**
 * Sends text over a plain socket and answers everything that comes until the server closes. With `drip` the
 * client stays after that: it sends this again and again until it is cut.
 */
export const speak = (
  url: string,
  text: string,
  drip?: { readonly text: string; readonly everyMs: number },
): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    let heard = ''
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: drip !== undefined }, () =>
      socket.write(text),
    )
    const dripping = drip && setInterval(() => socket.write(drip.text), drip.everyMs)
    socket.on('data', (data) => (heard += String(data)))
    socket.on('error', () => undefined) // the cut
    socket.on('close', () => {
      clearInterval(dripping)
      resolve(heard)
    })
  })

/** The first answer in what was heard. */
export const parsed = (heard: string): Heard => {
  const [head = '', body = ''] = heard.split('\r\n\r\n', 2)
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(':', 1)[0]!, line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(first.split(' ')[1]), headers, body }
}
