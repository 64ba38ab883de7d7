import type { GuardedPost } from '../../platform/http/guarded-post.ts'
import type { DestinationOf } from './destination.ts'
import { attempted, outcomeOf, type Outgoing, type Send } from './sending.ts'

/** Bounds of https://docs.slack.dev/reference/block-kit/blocks: characters of a section and a header, blocks of a message. */
const MAX_SECTION = 3_000
const MAX_HEADER = 150
const MAX_BLOCKS = 50

/** The three characters that Slack's own form of text takes for its marks. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A text in pieces that a section takes, broken at line ends where it can be, and never within a mark or a letter. */
const pieces = (text: string): string[] => {
  const found: string[] = []
  let rest = escaped(text).trim()
  while (rest.length > MAX_SECTION) {
    const head = rest.slice(0, MAX_SECTION)
    const line = head.lastIndexOf('\n')
    const safe = head.replace(/(?:&[a-z]{0,3}|[\uD800-\uDBFF])$/, '').length
    const end = line > 0 ? line : safe
    found.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return rest === '' ? found : [...found, rest]
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const cutHeader = (text: string): string =>
  text.length > MAX_HEADER ? `${text.slice(0, MAX_HEADER - 1).toWellFormed()}…` : text

/** The body of an incoming webhook: what notices show, and the same in blocks. */
export const slackBody = ({ subject, text, url }: Pick<Outgoing, 'subject' | 'text' | 'url'>): string =>
  JSON.stringify({
    text: escaped(subject),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cutHeader(subject) } },
      ...pieces(text)
        .slice(0, MAX_BLOCKS - 2)
        .map(section),
      section(`<${escaped(url)}|Open in Heliograph>`),
    ],
  })

/** Sends to an incoming webhook of Slack, or of what takes the same form. */
export const sendSlack =
  (post: GuardedPost): Send<DestinationOf<'SLACK'>> =>
  (to, what, at) =>
    attempted(async () => {
      const headers = { 'content-type': 'application/json', 'user-agent': 'Heliograph' }
      const answered = await post(to.url, { headers, body: slackBody(what) })
      return outcomeOf(answered, new URL(to.url).host, at)
    })
