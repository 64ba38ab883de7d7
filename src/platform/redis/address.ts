/** The nodes that a REDIS_URL names: one Redis, or more, which are nodes of one cluster. */
export const nodesIn = (text: string): string[] => text.split(/,(?=[a-z]+:\/\/)/)

const schemes = new Set(['redis:', 'rediss:', 'unix:'])

/** A cluster has one way in for all its nodes, and the database 0 alone. */
const isNodeOf = (first: URL, { protocol, pathname, username, password, search }: URL): boolean =>
  protocol === first.protocol &&
  protocol !== 'unix:' &&
  ['', '/', '/0'].includes(pathname) &&
  search === '' &&
  (username + password === '' || (username === first.username && password === first.password))

/** Of what is no number ioredis says nothing and takes the database 0. A socket's path is no database. */
const namesDatabase = ({ protocol, pathname, searchParams }: URL): boolean =>
  (protocol === 'unix:' ? pathname.length > 1 : /^\/?\d*$/.test(pathname)) &&
  searchParams.getAll('db').every((db) => /^\d+$/.test(db))

/** Whether a text can be a REDIS_URL. */
export const isRedisUrl = (text: string): boolean => {
  const urls = nodesIn(text).map((each) => URL.parse(each))
  const [first] = urls
  if (!first || !schemes.has(first.protocol)) return false
  return urls.length === 1 ? namesDatabase(first) : urls.every((url) => url !== null && isNodeOf(first, url))
}

/** Where a cluster is first asked, and what every node of it wants to know of who asks. */
export const clusterAddress = (nodes: readonly string[]) => {
  const urls = nodes.map((node) => new URL(node))
  const { protocol, username, password } = urls[0]!
  return {
    // An IPv6 address has brackets in a URL alone.
    start: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port || 6379),
    })),
    access: {
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  }
}

/** Host and port of ioredis' name of a node, which for IPv6 has colons before the last. */
export const placeOf = (key: string): { host: string; port: number } => {
  const at = key.lastIndexOf(':')
  return { host: key.slice(0, at), port: Number(key.slice(at + 1)) }
}
