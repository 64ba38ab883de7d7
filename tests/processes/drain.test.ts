import { existsSync } from 'node:fs'
import { Agent, request as httpRequest, type ClientRequest } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readServing } from '../../src/server/serving.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { Incidents, IncidentChanges, Open, StreamViewers } from './operations.ts'
import { createPrograms, storeProcesses, storesEnded } from './program.ts'
import { makeClient } from './tenant.ts'

const programs = createPrograms()
const DRAINED_MS = 10_000

type Answer = { status: number; body: string; kept: boolean }

/** One request; `end` may send the rest of the body later. */
const send = (
  agent: Agent,
  url: string,
  options: { key?: string; method?: string; size?: number },
  begun?: (request: ClientRequest) => void,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      agent,
      method: options.method ?? 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.size !== undefined && { 'content-length': options.size }),
        ...(options.key !== undefined && { authorization: `Bearer ${options.key}` }),
      },
    })
    request.once('error', reject)
    request.once('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => (body += part))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode!, body, kept: response.headers.connection !== 'close' }),
      )
    })
    if (begun) begun(request)
    else request.end()
  })

/** Everything that a graphql-ws socket with these operations hears, until it is closed. */
const listenTo = (url: string, key: string, operations: readonly { query: string; variables?: object }[]) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const heard: { type: string; id?: string }[] = []
  socket.once('open', () => {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  })
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { type: string; id?: string }
    heard.push(message)
    if (message.type !== 'connection_ack') return
    for (const [index, payload] of operations.entries())
      socket.send(JSON.stringify({ type: 'subscribe', id: String(index), payload }))
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  return { heard, closed }
}

/** The text of an SSE stream, as it comes, and its end. */
const streamOf = async (url: string, key: string, query: string, variables: object = {}) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query, variables }),
  })
  let text = ''
  const read = async (): Promise<string> => {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part
    return text
  }
  return { ended: read() }
}

test('SIGTERM under load: each request that was sent is answered, live operations break off for their clients to come back, nothing is left running', async () => {
  const program = await programs.start({ env: { SHUTDOWN_NOTICE_MS: '300' } })
  const { url, dataDir } = program
  const { key, stream } = await makeClient(url, program.stack().postgresUrl)
  const socket = listenTo(url, key, [
    { query: IncidentChanges.toString() },
    { query: StreamViewers.toString(), variables: { id: stream.id } },
  ])
  const streams = [
    await streamOf(url, key, IncidentChanges.toString()),
    await streamOf(url, key, StreamViewers.toString(), { id: stream.id }),
  ]
  // The state subscription has said its first value, so the operation runs.
  await eventually(() => expect(socket.heard.map(({ type }) => type)).toContain('next'))

  const answers: Answer[] = []
  const failures: { code: string; duringMs: number }[] = []
  let stoppedAt = Infinity
  /** Producers and readers that go on, on connections that are kept, until there is nobody to connect to. */
  const worker = async (index: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let count = 0; ; count += 1) {
      const ingest = (index + count) % 2 === 0
      const body = ingest
        ? JSON.stringify([{ time: Date.now(), message: `${index}/${count}` }])
        : JSON.stringify({ query: Incidents.toString() })
      try {
        answers.push(
          await send(agent, `${url}/${ingest ? 'ingest/log_events' : 'graphql'}`, { key }, (request) =>
            request.end(body),
          ),
        )
      } catch (error) {
        failures.push({
          code: (error as NodeJS.ErrnoException).code ?? String(error),
          duringMs: performance.now() - stoppedAt,
        })
        agent.destroy()
        return
      }
    }
  }
  const workers = Array.from({ length: 40 }, (_, index) => worker(index))
  await eventually(() => expect(answers.length).toBeGreaterThan(400))

  // A request that is half sent, and a connection that is kept and quiet.
  const slow = JSON.stringify([{ time: Date.now(), message: 'slow' }])
  let finish: (() => void) | undefined
  const slowAnswer = send(
    new Agent({ keepAlive: true }),
    `${url}/ingest/log_events`,
    { key, size: slow.length },
    (request) => {
      request.write(slow.slice(0, 10))
      finish = () => request.end(slow.slice(10))
    },
  )
  const quiet = new Agent({ keepAlive: true, maxSockets: 1 })
  expect((await send(quiet, `${url}/health/ready`, { method: 'GET' })).status).toBe(200)

  stoppedAt = performance.now()
  program.kill('SIGTERM')
  const ready = await eventually(async () => {
    const answer = await send(quiet, `${url}/health/ready`, { method: 'GET' })
    expect(answer.status).toBe(503)
    return answer
  })
  expect(JSON.parse(ready.body)).toMatchObject({ status: 'draining' })
  // For who has no connection yet the port is open for a moment, or no balancer could learn of it.
  expect((await send(new Agent(), `${url}/health/ready`, { method: 'GET' })).status).toBe(503)

  expect(await settled(socket.closed, DRAINED_MS, 'the close of the WebSocket')).toBe(1001)
  expect(socket.heard.filter(({ type }) => type === 'complete')).toEqual([])
  for (const { ended } of streams)
    expect(await settled(ended, DRAINED_MS, 'the end of an SSE stream')).not.toContain('event: complete')
  await settled(Promise.all(workers), DRAINED_MS, 'the end of the load')
  expect(existsSync(join(dataDir, 'stack.json'))).toBe(true) // it still waits for the slow one

  finish?.()
  expect((await settled(slowAnswer, DRAINED_MS, 'the answer of the slow request')).status).toBe(202)
  const end = await settled(program.ended, DRAINED_MS, 'the end of the program')
  expect(end.code, end.output).toBe(0)
  expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([])
  // A connection is refused only by a listener that has closed; none that was open was cut.
  expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['ECONNREFUSED']))
  expect(failures.filter(({ duringMs }) => !(duringMs > 0))).toEqual([])
  expect(storeProcesses(dataDir)).toEqual([])
  expect(
    ['stack.json', 'stack.lock', 'server.json'].filter((name) => existsSync(join(dataDir, name))),
  ).toEqual([])
  expect(end.output).not.toMatch(/"level":(50|60)|"level":"(error|fatal)"/)
  console.log(`${answers.length} answers, drained in ${Math.round(performance.now() - stoppedAt)} ms`)
})

test('Ctrl-C reaches the whole process group, and the stores live until the drain is over', async () => {
  const program = await programs.start()
  const { key, client } = await makeClient(program.url, program.stack().postgresUrl)
  await client.ask(Open, { title: 'Before' })
  const body = JSON.stringify([{ time: Date.now(), message: 'slow' }])
  let finish: (() => void) | undefined
  const answer = send(
    new Agent(),
    `${program.url}/ingest/log_events`,
    { key, size: body.length },
    (request) => {
      request.write(body.slice(0, 10))
      finish = () => request.end(body.slice(10))
    },
  )
  const stores = storeProcesses(program.dataDir)
  expect(stores).toHaveLength(2)
  // The server has the request when a later one on another connection is answered.
  await client.ask(Incidents)
  program.kill('SIGINT', 'group')
  await eventually(() => expect(program.output()).toContain('Stopping (SIGINT)'))
  expect(storeProcesses(program.dataDir)).toEqual(stores)
  finish?.()
  expect((await settled(answer, DRAINED_MS, 'the answer')).status).toBe(202)
  expect((await settled(program.ended, DRAINED_MS, 'the end')).code).toBe(0)
  await storesEnded(program.dataDir, 0)
})

/** A request that the server waits for until its deadline: the rest of its body never comes. */
const hold = (url: string, key: string): Promise<unknown> =>
  send(new Agent(), `${url}/ingest/log_events`, { key, size: 100 }, (request) => request.write('[')).catch(
    () => 'cut',
  )

test('a signal that is repeated at once is one; a later one ends the program at once, and its stores before it', async () => {
  const program = await programs.start()
  const { key, client } = await makeClient(program.url, program.stack().postgresUrl)
  const held = hold(program.url, key)
  await client.ask(Incidents)

  program.kill('SIGTERM', 'group')
  // Its second begins when it hears the first one, which on a busy machine is later than the call.
  await eventually(() => expect(program.output()).toContain('Stopping (SIGTERM)'))
  const firstAt = performance.now()
  const passedMs = (): number => performance.now() - firstAt
  await eventually(() => {
    program.kill('SIGTERM', 'group')
    expect(passedMs()).toBeGreaterThan(500)
  })
  await eventually(() => expect(passedMs()).toBeGreaterThan(1_050))
  await eventually(() => expect(storeProcesses(program.dataDir)).toHaveLength(2))
  program.kill('SIGTERM')
  const { code, signal } = await settled(program.ended, DRAINED_MS, 'the end')
  expect({ code, signal }).toEqual({ code: 143, signal: null })
  expect(storeProcesses(program.dataDir)).toEqual([])
  expect(passedMs()).toBeLessThan(5_000)
  await held
})

test('through npm, a SIGTERM to every process as of systemd drains the program, and nothing is left', async () => {
  const program = await programs.start({ npm: true })
  // A child that was just forked has the name of its parent for a moment.
  await eventually(() => expect(storeProcesses(program.dataDir)).toHaveLength(2))
  program.kill('SIGTERM', 'all')
  const { code, signal, output } = await settled(program.ended, 2 * DRAINED_MS, 'the end')
  expect({ code, signal }, output).toEqual({ code: 0, signal: null })
  expect(output).toContain('Stopping (SIGTERM)')
  expect(storeProcesses(program.dataDir)).toEqual([])
  expect(existsSync(join(program.dataDir, 'stack.lock'))).toBe(false) // it ended in its own way
})

test('a second start on the data folder of a running program is refused in one line, and disturbs nothing', async () => {
  const program = await programs.start()
  const end = await programs.run({ dataDir: program.dataDir, args: ['--no-demo', '--port', '0'] })
  expect(end.code).toBe(1)
  const said = end.output.split('\n').filter(Boolean)
  expect(said).toEqual([
    expect.stringMatching(
      new RegExp(
        `^heliograph: .*is in use by process ${program.pid}\\. Stop that one first, or .*--data-dir`,
      ),
    ),
  ])
  const health = await fetch(`${program.url}/health/ready`)
  expect(health.status).toBe(200)
  expect(await readServing(program.dataDir)).toBe(program.url) // commands still find it

  const doctor = async () => {
    const { code, output } = await programs.run({
      command: 'doctor',
      dataDir: program.dataDir,
      args: ['--json'],
    })
    const findings = JSON.parse(output) as { name: string; status: string; advice: string }[]
    return { code, findings }
  }
  const names = ['program', 'Postgres', 'ClickHouse', 'Redis']
  expect(await doctor()).toMatchObject({ code: 0, findings: names.map((name) => ({ name, status: 'up' })) })
  program.kill('SIGTERM')
  await program.ended
  expect(await doctor()).toMatchObject({
    code: 1,
    findings: names.map((name) => ({
      name,
      status: 'down',
      advice: expect.stringMatching(/^No program runs on .*heliograph start/) as string,
    })),
  })
  expect(storeProcesses(program.dataDir)).toEqual([]) // to look is not to start
})

test('a port that is taken is one line with advice, before anything is made', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const address = holder.address()
  const port = typeof address === 'object' ? address!.port : 0
  try {
    const dataDir = programs.folder()
    const end = await programs.run({ dataDir, args: ['--no-demo', '--port', String(port)] })
    expect(end.code).toBe(1)
    expect(end.output).toContain(`heliograph: Port ${port} of 127.0.0.1 is taken by another program.`)
    expect(end.output).toContain('--port')
    expect(end.output).not.toMatch(/^\s+at /m)
    expect(existsSync(dataDir)).toBe(false)
  } finally {
    holder.close()
  }
})
