import { expect, test } from 'vitest'
import { loadConfig } from '../../config.ts'
import { placeOf as shown } from '../given.ts'
import { clusterAddress, isRedisUrl, nodesIn, placeOf } from './address.ts'

test('a REDIS_URL is one Redis, or nodes of one cluster with one way in', () => {
  const right = [
    'redis://redis:6379/2',
    'rediss://user:secret@redis',
    'unix:///run/redis.sock?db=1',
    'redis://:a,b@redis:6379',
    'redis://:secret@a:6379,redis://:secret@b:6379',
    'rediss://user:secret@a,rediss://b:7000/0,rediss://[::1]:7001',
  ]
  const wrong = [
    'redis',
    'http://redis',
    'redis://a:6379,',
    'redis://a:6379/abc',
    'redis://a:6379/1/2',
    'redis://a:6379/1x',
    'redis://a:6379?db=abc',
    'unix:///run/redis.sock?db=-1',
    'redis://a:6379,b:6379',
    'redis://a:6379,rediss://b:6379',
    'redis://a:6379,redis://b:6379/1',
    'redis://:one@a,redis://:two@b',
    'redis://a,unix:///run/redis.sock',
  ]
  expect(right.filter((text) => !isRedisUrl(text))).toEqual([])
  expect(wrong.filter(isRedisUrl)).toEqual([])
  expect(() => loadConfig({ REDIS_URL: 'redis://a:6379,redis://b:6379/1' }, {})).toThrow(
    /REDIS_URL: expected a redis:\/\/, rediss:\/\/ \(TLS\) or unix:\/\/ \(socket\) URL, or those of some nodes of a cluster .*redis:\/\/:secret@a:6379,redis:\/\/:secret@b:6379/,
  )
})

test('an address of a cluster says where to ask first and how to get in, and no error shows the password', () => {
  const url = 'rediss://user:s%2Fcret@a,rediss://b:7000/0,rediss://[::1]:7001'
  expect(clusterAddress(nodesIn(url))).toEqual({
    start: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
      { host: '::1', port: 7001 },
    ],
    access: { username: 'user', password: 's/cret', tls: {} },
  })
  expect(shown(url)).toBe('a, b:7000, [::1]:7001')
  expect(placeOf('::1:7001')).toEqual({ host: '::1', port: 7001 })
})
