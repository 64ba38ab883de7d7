import {
  close,
  fire,
  grade,
  labeled,
  merge,
  only,
  reopen,
  reroute,
  resolve,
  rule,
  table,
} from '../../../tests/testkit/routing-simulation.ts'

const byTeam = [
  { matchers: only('team', 'video'), channelIds: ['video'] },
  { matchers: only('severity', 'CRITICAL'), channelIds: ['pager'] },
  { channelIds: ['rest'] },
]
table('routing', [
  [
    'the first route that matches',
    { routes: byTeam },
    [[0, labeled('a', { team: 'video' }, 'CRITICAL')]],
    20,
    ['10 video FIRING a #1'],
  ],
  [
    'the second where the first does not',
    { routes: byTeam },
    [[0, labeled('a', { team: 'x' }, 'CRITICAL')]],
    20,
    ['10 pager FIRING a #1'],
  ],
  ['the last takes what is left', { routes: byTeam }, [[0, fire('a')]], 20, ['10 rest FIRING a #1']],
  [
    'a route that continues, and the next that matches',
    { routes: [{ ...byTeam[0], continues: true }, ...byTeam.slice(1)] },
    [[0, labeled('a', { team: 'video' }, 'CRITICAL')]],
    20,
    ['10 video FIRING a #1', '10 pager FIRING a #2'],
  ],
  ['no route matches: nobody is told', { routes: byTeam.slice(0, 2) }, [[0, fire('a')]], 700, []],
  ['no routes', { routes: [] }, [[0, fire('a')]], 700, []],
  [
    'a route to several channels',
    { routes: [{ channelIds: ['x', 'y'] }] },
    [[0, fire('a')]],
    20,
    ['10 x FIRING a #1', '10 y FIRING a #1'],
  ],
  [
    'a channel that is named twice',
    { routes: [{ channelIds: ['x', 'x'] }] },
    [[0, fire('a')]],
    20,
    ['10 x FIRING a #1'],
  ],
  [
    'channels that the rule names itself, beside the routes',
    { routes: [{ channelIds: ['ops'] }] },
    [[0, fire('a', rule(['own']))]],
    20,
    ['10 ops FIRING a #1', '10 own FIRING a #2'],
  ],
  [
    "a rule's own channels without any route",
    { routes: [] },
    [[0, fire('a', rule(['own']))]],
    20,
    ['10 own FIRING a #1'],
  ],
  [
    'a negated matcher',
    { routes: [{ matchers: [{ name: 'team', eq: 'video', not: true }] }] },
    [[0, labeled('a', { team: 'video' }), labeled('b', { team: 'x' }), fire('c')]],
    20,
    ['10 ops FIRING b c #1'],
  ],
  [
    'built-in names',
    {
      routes: [
        {
          matchers: [
            { name: 'source', eq: 'manual' },
            { name: 'rule', startsWith: 'High' },
            { name: 'title', contains: 'ERR' },
          ],
        },
      ],
    },
    [[0, fire('errors', { rule: { ...rule([]).rule, name: 'High errors' } }), fire('err', rule([]))]],
    20,
    ['10 ops FIRING errors #1'],
  ],
  [
    'a label that has the name of a built-in one does not count',
    { routes: [{ matchers: only('severity', 'HIGH') }] },
    [[0, labeled('a', { severity: 'HIGH' }, 'LOW')]],
    400,
    [],
  ],
  [
    'what changes before it is told goes where it belongs then',
    { routes: byTeam },
    [
      [0, fire('a')],
      [5, grade('a', 'CRITICAL')],
    ],
    400,
    ['15 pager FIRING a #1'],
  ],
  [
    'what was told stays in its group, and goes to the new route too',
    { routes: byTeam },
    [
      [0, fire('a')],
      [20, grade('a', 'CRITICAL')],
      [40, resolve('a')],
    ],
    700,
    ['10 rest FIRING a #1', '30 pager FIRING a #2', '310 rest RESOLVED a/ #1', '330 pager RESOLVED a/ #2'],
  ],
  [
    'a route that is deleted tells of the end and of nothing else',
    {},
    [
      [0, fire('a')],
      [20, reroute({ id: 'other', channelIds: ['other'] })],
      [30, fire('b')],
      [40, resolve('a')],
    ],
    700,
    ['10 ops FIRING a #1', '40 other FIRING b #2', '310 ops RESOLVED a/ #1'],
  ],
  [
    'a route that is deleted while what it told lasts is not looked at again and again, and tells of its end',
    {},
    [
      [0, fire('a')],
      [20, reroute({ id: 'other', channelIds: ['other'] })],
      [18_020, resolve('a')],
    ],
    18_400,
    ['10 ops FIRING a #1', '18310 ops RESOLVED a/ #1'],
  ],
  [
    'a route whose channels change tells those of the end that heard of the beginning',
    {},
    [
      [0, fire('a')],
      [20, reroute({ channelIds: ['new'] })],
      [40, resolve('a')],
    ],
    700,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1'],
  ],
])

table('grouping', [
  [
    'two incidents, one message',
    {},
    [
      [0, fire('a')],
      [9, fire('b')],
    ],
    20,
    ['10 ops FIRING a b #1'],
  ],
  [
    'two values of the label, two groups',
    { routes: [{ groupBy: ['service'] }] },
    [[0, labeled('a', { service: 'x' }), labeled('b', { service: 'y' }), labeled('c', { service: 'x' })]],
    20,
    ['10 ops FIRING a c #1', '10 ops FIRING b #2'],
  ],
  [
    'a missing label is as good as an empty one',
    { routes: [{ groupBy: ['service'] }] },
    [[0, fire('a'), labeled('b', { service: '' })]],
    20,
    ['10 ops FIRING a b #1'],
  ],
  [
    'grouped by what is built in',
    { routes: [{ groupBy: ['severity'] }] },
    [[0, fire('a'), fire('b', { severity: 'LOW' })]],
    20,
    ['10 ops FIRING a #1', '10 ops FIRING b #2'],
  ],
  [
    "what a rule opens is one group of the rule's own channels, and another rule's is another",
    { routes: [] },
    [[0, fire('a', rule(['own'], 'r1')), fire('b', rule(['own'], 'r1')), fire('c', rule(['own'], 'r2'))]],
    20,
    ['10 own FIRING a b #1', '10 own FIRING c #2'],
  ],
  [
    'the gravest first, what is over last',
    {},
    [
      [0, fire('low', { severity: 'LOW' }), fire('high'), fire('worst', { severity: 'CRITICAL' })],
      [20, resolve('worst')],
    ],
    400,
    ['10 ops FIRING worst high low #1', '310 ops FIRING high low worst/ #1'],
  ],
  [
    'a label that changes moves nothing that was told',
    { routes: [{ groupBy: ['severity'] }] },
    [
      [0, fire('a')],
      [20, grade('a', 'LOW')],
      [30, resolve('a')],
    ],
    700,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1'],
  ],
])

table('wait and interval', [
  ['a new group waits for more', {}, [[0, fire('a')]], 9, []],
  ['no wait', { routes: [{ waitMs: 0 }] }, [[0, fire('a')]], 5, ['0 ops FIRING a #1']],
  [
    'what is over before it was told is never told',
    {},
    [
      [0, fire('a')],
      [5, resolve('a')],
    ],
    700,
    [],
  ],
  [
    'what joins later waits for the interval',
    {},
    [
      [0, fire('a')],
      [20, fire('b')],
    ],
    400,
    ['10 ops FIRING a #1', '310 ops FIRING a b #1'],
  ],
  [
    'what is critical waits no longer than a new group',
    {},
    [
      [0, fire('a')],
      [20, fire('b', { severity: 'CRITICAL' })],
    ],
    400,
    ['10 ops FIRING a #1', '30 ops FIRING b a #1'],
  ],
  [
    'a critical one of a new group waits as others do',
    {},
    [[0, fire('a', { severity: 'CRITICAL' })]],
    400,
    ['10 ops FIRING a #1'],
  ],
  ['nothing new, nothing told', {}, [[0, fire('a')]], 4_000, ['10 ops FIRING a #1']],
  [
    'the end is told at the interval',
    {},
    [
      [0, fire('a')],
      [20, resolve('a')],
    ],
    1_000,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1'],
  ],
  [
    'the interval counts from the last look, not from the last message',
    {},
    [
      [0, fire('a')],
      [400, resolve('a')],
    ],
    1_000,
    ['10 ops FIRING a #1', '610 ops RESOLVED a/ #1'],
  ],
  [
    'one of two is over: told with the one that goes on',
    {},
    [
      [0, fire('a'), fire('b')],
      [20, resolve('a')],
      [320, resolve('b')],
    ],
    1_000,
    ['10 ops FIRING a b #1', '310 ops FIRING b a/ #1', '610 ops RESOLVED b/ #1'],
  ],
  [
    'gone and back within the interval: nothing to tell',
    {},
    [
      [0, fire('a')],
      [20, resolve('a')],
      [30, reopen('a')],
    ],
    1_000,
    ['10 ops FIRING a #1'],
  ],
  [
    'back after its end was told: a new breach under a new key',
    {},
    [
      [0, fire('a')],
      [20, resolve('a')],
      [400, reopen('a')],
    ],
    500,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1', '410 ops FIRING a #2'],
  ],
  [
    'back while another of the group goes on: under the same key',
    {},
    [
      [0, fire('a'), fire('b')],
      [20, resolve('a')],
      [320, reopen('a')],
    ],
    700,
    ['10 ops FIRING a b #1', '310 ops FIRING b a/ #1', '610 ops FIRING a b #1'],
  ],
  [
    'a closed one is over',
    {},
    [
      [0, fire('a')],
      [20, close('a')],
    ],
    400,
    ['10 ops FIRING a #1', '310 ops RESOLVED a/ #1'],
  ],
  [
    'a merged one is over, and the other goes on',
    {},
    [
      [0, fire('a'), fire('b')],
      [20, merge('a', 'b')],
    ],
    400,
    ['10 ops FIRING a b #1', '310 ops FIRING b a/ #1'],
  ],
  [
    'a severity that is raised is told again',
    {},
    [
      [0, fire('a', { severity: 'LOW' })],
      [20, grade('a', 'HIGH')],
    ],
    700,
    ['10 ops FIRING a #1', '310 ops FIRING a #1'],
  ],
  [
    'raised to critical it waits no longer than a new group',
    {},
    [
      [0, fire('a')],
      [20, grade('a', 'CRITICAL')],
    ],
    700,
    ['10 ops FIRING a #1', '30 ops FIRING a #1'],
  ],
  [
    'a severity that is lowered is not',
    {},
    [
      [0, fire('a')],
      [20, grade('a', 'LOW')],
    ],
    700,
    ['10 ops FIRING a #1'],
  ],
  [
    'lowered and raised to what readers know',
    {},
    [
      [0, fire('a')],
      [20, grade('a', 'LOW')],
      [400, grade('a', 'HIGH')],
    ],
    1_000,
    ['10 ops FIRING a #1'],
  ],
])
