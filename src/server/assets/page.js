// What runs in the browser: the box for a key or an access token, and GraphiQL with the examples. Served as it is, so plain JavaScript.
const settings = JSON.parse(document.getElementById('settings').textContent)
const { endpoint, assets } = settings
const STORED_KEY = 'heliograph:api-key'
const STORED_BESIDE = 'heliograph:api-key-beside'

const box = document.getElementById('api-key')
const whose = document.getElementById('whose-key')
const reveal = document.getElementById('reveal-key')

/** Only what a header can carry: a key or token that was pasted with a line break still works. */
const currentKey = () => box.value.replace(/[^\x21-\x7e]/g, '')

/** What lists show of a key: enough to tell one demo from another. */
const demo = settings.apiKey?.slice(0, 12) ?? ''

// A key of one's own stays, until another demo stands at this address, whose key wins.
const own = demo && localStorage.getItem(STORED_BESIDE) !== demo ? null : localStorage.getItem(STORED_KEY)
box.value = own ?? settings.apiKey ?? ''

// Everything that GraphiQL sends, introspection and subscriptions (SSE) too, goes through fetch. The key is read when the
// request leaves, so the one in the box is always the one used; a header written in GraphiQL's own editor wins.
const plainFetch = window.fetch.bind(window)
window.fetch = (input, init) => {
  const request = new Request(input, init)
  const { origin, pathname } = new URL(request.url)
  const key = currentKey()
  if (origin === location.origin && pathname === endpoint && key && !request.headers.has('authorization'))
    request.headers.set('authorization', `Bearer ${key}`)
  return listEvents(plainFetch(request))
}

const show = (state, text) => {
  whose.dataset.state = state
  whose.textContent = text
  whose.title = text
}

let asked = 0
/** Says beside the box whose key it is. Answers whether the server took it. */
const showWhose = async () => {
  const turn = (asked += 1)
  if (!currentKey()) {
    show('none', 'Paste a key or token to begin')
    return false
  }
  try {
    const response = await window.fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { user { email } role tenant { name } scopes } }' }),
    })
    const { data, errors } = await response.json()
    if (turn !== asked) return false // a newer key is being asked about
    if (!data?.viewer) {
      // Every request would bring a token that is over, and be refused for it: also a new sign-in.
      const over = currentKey().startsWith('eyJ') && errors?.[0]?.extensions?.code === 'UNAUTHENTICATED'
      show('refused', over ? 'This sign-in is over: empty the box, then sign in again' : errors[0].message)
      return false
    }
    const { user, role, tenant, scopes } = data.viewer
    const may = (user ? [role ?? 'member of nothing'] : scopes).map((each) => each.toLowerCase()).join(', ')
    show('known', `${[user?.email, tenant?.name].filter(Boolean).join(' at ')}: ${may}`)
    return true
  } catch {
    // Whatever the network says is shown beside the box; the next key asks again.
    if (turn === asked) show('refused', 'The server does not answer')
    return false
  }
}

const refresh = async () => {
  if (await showWhose()) document.querySelector('[aria-label^="Re-fetch GraphQL schema"]')?.click()
}
box.addEventListener('change', () => {
  const key = currentKey()
  if (key && key !== settings.apiKey) {
    localStorage.setItem(STORED_KEY, key)
    localStorage.setItem(STORED_BESIDE, demo)
  } else localStorage.removeItem(STORED_KEY)
  void refresh()
})
box.form.addEventListener('submit', (event) => {
  event.preventDefault()
  box.blur() // as leaving the box does, so that Enter is enough
})
reveal.addEventListener('click', () => {
  const hidden = box.type === 'password'
  box.type = hidden ? 'text' : 'password'
  reveal.textContent = hidden ? 'Hide' : 'Show'
  reveal.setAttribute('aria-pressed', String(hidden))
})
document.getElementById('restore-examples').addEventListener('click', () => {
  for (const name of ['tabState', 'query', 'variables', 'headers', 'operationName'])
    localStorage.removeItem(`graphiql:${name}`)
  location.reload()
})

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => `${assets}/${label}.worker.js`,
}
/** The history keeps headers too, whatever `shouldPersistHeaders` says: a key that is written there stays in its tab. */
const withoutHeaders = (name, value) =>
  /:(queries|favorites)$/.test(name)
    ? JSON.stringify(JSON.parse(value), (key, each) => (key === 'headers' ? undefined : each))
    : value
const storage = {
  get length() {
    return localStorage.length
  },
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, value) => localStorage.setItem(name, withoutHeaders(name, value)),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
}

// A message links to an incident by its number, `#incident=7`: the example of one is opened for it, beside what is there.
const linked = /^#incident=(\d{1,9})$/.exec(location.hash)?.[1]
const ofIncident = settings.tabs.find(({ query }) => query.includes('query IncidentByNumber '))?.query
const query = linked && ofIncident?.replace(/incident\(number: \d+\)/, `incident(number: ${linked})`)

window.YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  endpoint,
  storage,
  // Those of GraphiQL itself, which is its history. Yoga's own list has another way to write a query and no history, and
  // the bundle gives out neither, so that one can't have both.
  plugins: undefined,
  defaultTabs: settings.tabs,
  ...(query && { query }),
  shouldPersistHeaders: false,
  defaultEditorToolsVisibility: false,
  // Without it each keystroke would be written into the address, and a reload would ask that instead of opening the page.
  onEditQuery: () => undefined,
})
void showWhose()
