// What runs in the browser before page.js: GraphiQL shows the newest answer of a subscription alone. That is right for a state;
// of events (the fields that the page's settings name) it is made a list of those that came, the newest first.
const MOST_EVENTS = 200

const events = new Set(JSON.parse(document.getElementById('settings').textContent).events)
const isEvent = (name) => events.has(name)

/** Answers of one subscription, each with those before it and how many came. */
const growing = () => {
  const told = {}
  let received = 0
  return (answer) => {
    const names = Object.keys(answer.data ?? {})
    if (answer.errors || names.length === 0 || !names.every(isEvent)) return answer
    received += 1
    for (const name of names) told[name] = [answer.data[name], ...(told[name] ?? [])].slice(0, MOST_EVENTS)
    return { extensions: { ...answer.extensions, received }, data: told }
  }
}

/** One message of an event stream, with its answer as `change` makes it. */
const changed = (message, change) =>
  message.replace(/^data: ?(\{.*)$/m, (_line, data) => `data: ${JSON.stringify(change(JSON.parse(data)))}`)

/** The response, and if it is an event stream each of its messages changed. */
window.listEvents = async (promise) => {
  const response = await promise
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream'))
    return response
  const change = growing()
  let rest = ''
  const messages = new TransformStream({
    transform: (text, controller) => {
      const parts = (rest + text).split('\n\n')
      rest = parts.pop()
      for (const part of parts) controller.enqueue(`${changed(part, change)}\n\n`)
    },
    flush: (controller) => controller.enqueue(rest),
  })
  const body = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(messages)
    .pipeThrough(new TextEncoderStream())
  return new Response(body, { status: response.status, headers: response.headers })
}
