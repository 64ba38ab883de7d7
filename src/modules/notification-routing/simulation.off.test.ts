import { fire, grade, resolve, table } from '../../../tests/testkit/routing-simulation.ts'

table('channels that are off', [
  [
    'what begins while none is on is told when one is',
    { isOn: (_, second) => second > 200 },
    [
      [0, fire('a')],
      [400, resolve('a')],
    ],
    5_000,
    ['250 ops FIRING a #1', '550 ops RESOLVED a/ #1'],
  ],
  [
    'within a minute, however long the interval of the route',
    { routes: [{ intervalMs: 86_400_000 }], isOn: (_, second) => second > 200 },
    [[0, fire('a')]],
    300,
    ['250 ops FIRING a #1'],
  ],
  [
    'and no later than the interval of the route',
    { routes: [{ intervalMs: 5_000 }], isOn: (_, second) => second > 200 },
    [[0, fire('a')]],
    300,
    ['205 ops FIRING a #1'],
  ],
  [
    'what is over before one is on is told to nobody',
    { isOn: (_, second) => second > 200 },
    [
      [0, fire('a')],
      [150, resolve('a')],
    ],
    5_000,
    [],
  ],
  [
    'one that comes on hears of no end whose beginning it was not told',
    {
      routes: [{ channelIds: ['ops', 'late'] }],
      isOn: (channel, second) => channel === 'ops' || second > 200,
    },
    [
      [0, fire('a')],
      [400, resolve('a')],
    ],
    5_000,
    ['10 ops FIRING a #1', '610 ops RESOLVED a/ #1'],
  ],
  [
    'what joins or is raised while none is on, and a repetition, waits for one',
    {
      routes: [{ repeatMs: 600_000 }],
      isOn: (_, second) => second < 100 || second > 2_000,
    },
    [
      [0, fire('a')],
      [200, fire('b')],
      [300, grade('a', 'CRITICAL')],
    ],
    2_200,
    ['10 ops FIRING a #1', '2050 ops FIRING a b #1'],
  ],
])
