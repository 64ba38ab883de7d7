/**
 * Where viewers are. `weight` is the country's share of a stream without a home; the offset is standard time.
 */
export type Country = {
  readonly code: string
  readonly city: string
  readonly latitude: number
  readonly longitude: number
  readonly utcOffsetHours: number
  readonly weight: number
  readonly clusterId: string
}

export type DemoCluster = { readonly clusterId: string; readonly name: string; readonly region: string }

export type DemoNode = {
  readonly index: number
  readonly nodeId: string
  readonly name: string
  readonly clusterId: string
  readonly region: string
  readonly zone: string
  readonly country: string
  readonly latitude: number
  readonly longitude: number
  readonly cpuCores: number
  readonly memoryGb: number
  readonly diskGb: number
}

export const clusters: readonly DemoCluster[] = [
  { clusterId: 'eu-central', name: 'Europe', region: 'eu' },
  { clusterId: 'us-main', name: 'North America', region: 'us' },
  { clusterId: 'apac', name: 'Asia Pacific', region: 'apac' },
]

const site = (
  index: number,
  nodeId: string,
  name: string,
  clusterId: string,
  country: string,
  [latitude, longitude]: readonly [number, number],
  cpuCores: number,
): DemoNode => ({
  index,
  nodeId,
  name,
  clusterId,
  region: clusters.find((cluster) => cluster.clusterId === clusterId)?.region ?? '',
  zone: `${nodeId.split('-')[1]}-a`,
  country,
  latitude,
  longitude,
  cpuCores,
  memoryGb: cpuCores * 4,
  diskGb: cpuCores * 60,
})

export const nodes: readonly DemoNode[] = [
  site(0, 'edge-fra-1', 'Frankfurt 1', 'eu-central', 'DE', [50.1, 8.7], 32),
  site(1, 'edge-ams-1', 'Amsterdam 1', 'eu-central', 'NL', [52.4, 4.9], 32),
  site(2, 'edge-waw-1', 'Warsaw 1', 'eu-central', 'PL', [52.2, 21], 16),
  site(3, 'edge-nyc-1', 'New York 1', 'us-main', 'US', [40.7, -74], 32),
  site(4, 'edge-chi-1', 'Chicago 1', 'us-main', 'US', [41.9, -87.6], 16),
  site(5, 'edge-sjc-1', 'San Jose 1', 'us-main', 'US', [37.3, -121.9], 32),
  site(6, 'edge-sin-1', 'Singapore 1', 'apac', 'SG', [1.4, 103.8], 16),
  site(7, 'edge-tyo-1', 'Tokyo 1', 'apac', 'JP', [35.7, 139.7], 16),
]

const place = (
  code: string,
  city: string,
  [latitude, longitude]: readonly [number, number],
  utcOffsetHours: number,
  weight: number,
  clusterId: string,
): Country => ({ code, city, latitude, longitude, utcOffsetHours, weight, clusterId })

export const countries: readonly Country[] = [
  place('US', 'New York', [40.7, -74], -5, 20, 'us-main'),
  place('DE', 'Berlin', [52.5, 13.4], 1, 13, 'eu-central'),
  place('GB', 'London', [51.5, -0.1], 0, 10, 'eu-central'),
  place('FR', 'Paris', [48.9, 2.4], 1, 8, 'eu-central'),
  place('NL', 'Utrecht', [52.1, 5.1], 1, 5, 'eu-central'),
  place('PL', 'Krakow', [50.1, 19.9], 1, 5, 'eu-central'),
  place('ES', 'Madrid', [40.4, -3.7], 1, 5, 'eu-central'),
  place('IT', 'Milan', [45.5, 9.2], 1, 4, 'eu-central'),
  place('SE', 'Stockholm', [59.3, 18.1], 1, 3, 'eu-central'),
  place('UA', 'Lviv', [49.8, 24], 2, 2, 'eu-central'),
  place('TR', 'Izmir', [38.4, 27.1], 3, 3, 'eu-central'),
  place('ZA', 'Cape Town', [-33.9, 18.4], 2, 2, 'eu-central'),
  place('CA', 'Toronto', [43.7, -79.4], -5, 6, 'us-main'),
  place('MX', 'Guadalajara', [20.7, -103.3], -6, 4, 'us-main'),
  place('BR', 'Sao Paulo', [-23.6, -46.6], -3, 8, 'us-main'),
  place('AR', 'Rosario', [-32.9, -60.6], -3, 3, 'us-main'),
  place('CL', 'Santiago', [-33.4, -70.7], -4, 2, 'us-main'),
  place('JP', 'Osaka', [34.7, 135.5], 9, 7, 'apac'),
  place('KR', 'Busan', [35.2, 129.1], 9, 4, 'apac'),
  place('IN', 'Pune', [18.5, 73.9], 5.5, 7, 'apac'),
  place('ID', 'Bandung', [-6.9, 107.6], 7, 4, 'apac'),
  place('SG', 'Singapore', [1.4, 103.8], 8, 2, 'apac'),
  place('PH', 'Cebu', [10.3, 123.9], 8, 3, 'apac'),
  place('AU', 'Melbourne', [-37.8, 145], 10, 4, 'apac'),
]

/**
 * The part of a country's audience that is awake and watching, 0.2 to 1: a small bump at noon, the peak at
 * 20:45 local.
 */
export const dailyCurve = (country: Country, timeMs: number): number => {
  const hour = (((timeMs / 3_600_000 + country.utcOffsetHours) % 24) + 24) % 24
  const bump = (centre: number, width: number) => {
    const away = Math.min(Math.abs(hour - centre), 24 - Math.abs(hour - centre))
    return Math.exp(-((away / width) ** 2))
  }
  return Math.min(1, 0.2 + 0.2 * bump(12.75, 3.2) + 0.78 * bump(20.75, 3.4))
}
