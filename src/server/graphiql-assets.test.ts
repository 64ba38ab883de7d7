import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createGraphiqlAssets } from './graphiql-assets.ts'

test('all who take a file as it is are sent the same bytes, not a copy each', async () => {
  const assets = createGraphiqlAssets()
  const sent = async (): Promise<unknown> => {
    const request = new IncomingMessage(new Socket())
    const response = new ServerResponse(request)
    const end = vi.spyOn(response, 'end')
    expect(await assets(request, response, 'page.css')).toBe(true)
    return end.mock.calls[0]?.[0]
  }
  const [one, other] = await Promise.all([sent(), sent()])
  expect(one).toBeInstanceOf(Buffer)
  expect(other).toBe(one)
})
