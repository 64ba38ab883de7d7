import { nodeStatesAt, type Mode } from './degradations.ts'
import { onAir } from './schedule.ts'
import type { Visit } from './visits.ts'
import type { World } from './world.ts'

/** Something that a visitor did, or met. */
export type Told = {
  /** Unix milliseconds. */
  readonly time: number
  readonly event_type: 'page_view' | 'button_click' | 'api_call' | 'error' | 'play_started' | 'trial_started'
  readonly properties: Readonly<Record<string, unknown>>
}

/** People press play three times, then they leave. */
const TRIES = 3

const SITE = 'https://tv.example'
const referrers = ['', '', 'https://search.example/', 'https://social.example/', 'https://news.example/']
const trace = 'TypeError: schedule is undefined\n    at renderGuide (guide.js:212:9)\n    at guide.js:88:3'

/** The share of starts that fail for those whom the node serves: more while it is unwell. */
const failures = (world: World, { person }: Visit, timeMs: number, mode: Mode): number =>
  Math.min(0.9, 0.03 + 2 * (nodeStatesAt(world, timeMs, mode)[person.node.index]?.qualityLoss ?? 0))

/** A visitor on the site: each step takes its time and is told with its properties. */
const atSite = ({ startedAt, person, draw }: Visit) => {
  const { browser, os, kind, touch, width, height } = person.device
  const told: Told[] = []
  let time = startedAt
  let page = ''
  let question = 10
  const roll = (): number => draw(question++)
  const upTo = (limit: number): number => Math.floor(roll() * limit)
  const wait = (leastMs: number, moreMs: number): number => {
    const ms = leastMs + upTo(moreMs)
    time += ms
    return ms
  }
  const tell = (event_type: Told['event_type'], properties: Told['properties']): void =>
    void told.push({ time, event_type, properties })

  return {
    told,
    roll,
    upTo,
    wait,
    tell,
    now: () => time,
    see: (path: string) => {
      const referrer = page === '' ? (referrers[upTo(referrers.length)] ?? '') : page
      page = SITE + path
      const device = { kind, browser, os, touch }
      const seen = { page_url: page, referrer, viewport_width: width, viewport_height: height, device }
      tell('page_view', { ...seen, country: person.country.code, signed_in: person.kind === 'member' })
      wait(3_000, 35_000)
    },
    click: (button_id: string, button_text: string) => {
      const [click_x, click_y] = [upTo(width), upTo(height)]
      tell('button_click', { button_id, button_text, page_url: page, click_x, click_y })
    },
    call: (method: string, endpoint: string, status_code: number) => {
      const duration_ms = wait(20, status_code < 500 ? 180 : 4_000)
      const cached = method === 'GET' && roll() < 0.6
      tell('api_call', { endpoint, method, status_code, duration_ms, cached })
    },
    fail: (error_type: string, message: string, more: Told['properties']) =>
      tell('error', { error_type, message, page_url: page, browser, os, ...more }),
  }
}

/** Whether it plays in the end. */
const plays = (world: World, visit: Visit, site: ReturnType<typeof atSite>, stream: string, mode: Mode) => {
  const { person } = visit
  for (let left = TRIES - 1; left >= 0; left--) {
    site.click('play', 'Play')
    const failed = site.roll() < failures(world, visit, site.now(), mode)
    site.call('POST', '/api/playback', failed ? 503 : 201)
    const first_frame_ms = site.wait(250, 1_800)
    if (!failed) {
      const bitrate_mbps = (18 + site.upTo(42)) / 10
      site.tell('play_started', { stream, first_frame_ms, bitrate_mbps, muted: person.device.touch })
      return true
    }
    const more = { stream, node: person.node.nodeId, fatal: left === 0 }
    site.fail('PlaybackError', 'the edge node sent no segment', more)
    site.wait(2_000, 6_000)
  }
  return false
}

/** What a visitor does, in order: looks around, plays a stream, perhaps starts a trial. */
export const storyOf = (world: World, visit: Visit, mode: Mode): readonly Told[] => {
  const site = atSite(visit)
  const { told, roll } = site
  if (roll() < 0.7) site.see('/')
  if (roll() < 0.5) {
    site.call('GET', '/api/guide', 200)
    site.see('/guide')
    if (roll() < 0.05) site.fail('TypeError', 'schedule is undefined', { stack_trace: trace, fatal: false })
  }
  const streams = onAir(world, site.now())
  const stream = streams[Math.floor(streams.length * roll() ** 2)]?.internalName
  if (stream === undefined || (told.length > 0 && roll() < 0.35)) return told
  site.see(`/streams/${stream}`)
  if (roll() < 0.2 || !plays(world, visit, site, stream, mode) || visit.person.kind === 'member') return told
  site.wait(20_000, 60_000)
  if (roll() < 0.65) return told
  site.see('/plus')
  if (roll() < 0.5) return told
  site.click('start-trial', 'Try Plus for 14 days')
  const paid = roll() < 0.85
  site.call('POST', '/api/trials', paid ? 201 : 402)
  if (!paid) return told
  const [annual, method] = [roll() < 0.3, roll() < 0.7 ? 'card' : 'wallet']
  site.tell('trial_started', { plan: 'plus', annual, price: annual ? 79 : 7.99, payment: { method } })
  return told
}
