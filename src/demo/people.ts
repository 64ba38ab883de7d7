import { countries, type Country, type DemoNode } from './geography.ts'
import { mix, pickWeighted, unit } from './random.ts'
import type { World } from './world.ts'

export type Device = {
  readonly kind: 'desktop' | 'phone' | 'tv'
  readonly browser: string
  readonly os: string
  readonly touch: boolean
  readonly width: number
  readonly height: number
  readonly weight: number
}

/** Somebody who comes to the broadcaster's site: at each visit the same country, device and edge node. */
export type Person = {
  /** Empty for somebody who doesn't want to be known. */
  readonly userId: string
  /** Members have a plan. Newcomers came for the first time in the last days, and may start a trial. */
  readonly kind: 'member' | 'newcomer'
  readonly country: Country
  readonly node: DemoNode
  readonly device: Device
}

const PERSON = 90
const DAY_MS = 86_400_000

const EVERYWHERE = countries.reduce((sum, { weight }) => sum + weight, 0)
const MEMBERS = 1_500
const NEWCOMERS_A_DAY = 900
const MEMBER_SHARE = 0.55
const UNKNOWN_SHARE = 0.1

/** Of the visits of newcomers, how many days after the first: fewer come back each day. */
const ages = [
  { days: 0, weight: 70 },
  { days: 1, weight: 18 },
  { days: 2, weight: 8 },
  { days: 3, weight: 4 },
]

const device = (
  [kind, browser, os]: readonly [Device['kind'], string, string],
  [width, height]: readonly [number, number],
  weight: number,
): Device => ({ kind, browser, os, touch: kind === 'phone', width, height, weight })

const devices: readonly Device[] = [
  device(['phone', 'Chrome', 'Android'], [412, 915], 30),
  device(['phone', 'Safari', 'iOS'], [393, 852], 22),
  device(['desktop', 'Chrome', 'Windows'], [1920, 1080], 22),
  device(['desktop', 'Safari', 'macOS'], [1440, 900], 10),
  device(['desktop', 'Firefox', 'Linux'], [1680, 1050], 6),
  device(['tv', 'Chrome', 'Android TV'], [1920, 1080], 10),
]

/** Who it is that comes from this country at this time; `draw` answers a number in [0, 1) for each question. */
export const personAt = (
  world: World,
  country: Country,
  timeMs: number,
  draw: (question: number) => number,
): Person => {
  const member = draw(0) < MEMBER_SHARE
  const day = Math.floor(timeMs / DAY_MS) - pickWeighted(ages, draw(1)).days
  const living = Math.ceil(((member ? MEMBERS : NEWCOMERS_A_DAY) * country.weight) / EVERYWHERE)
  // Some members come many times a day, most once in a week.
  const number = Math.floor(living * (member ? draw(2) ** 2 : draw(2)))
  const parts = [PERSON, countries.indexOf(country), member ? 0 : day, number] as const
  const near = world.nodes.filter(({ clusterId }) => clusterId === country.clusterId)
  const node = near[mix(world.seed, ...parts, 1) % near.length]
  if (!node) throw new RangeError(`the cluster ${country.clusterId} has no nodes`)
  const name = member ? `member-${country.code}-${number}` : `guest-${day}-${country.code}-${number}`
  return {
    userId: unit(world.seed, ...parts, 2) < UNKNOWN_SHARE ? '' : name.toLowerCase(),
    kind: member ? 'member' : 'newcomer',
    country,
    node,
    device: pickWeighted(devices, unit(world.seed, ...parts, 3)),
  }
}
