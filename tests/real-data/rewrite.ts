/**
 * Files that are neither NDJSON nor CSV, as the lines of NDJSON that a shipper would send. Times stay text as
 * in the file: `heliograph ingest` reads them.
 */
export type Rewritten = { readonly lines: readonly string[]; readonly timeFormat: string }

type Recording = { stream_title: string; interval: number; data: { concurrentViewers: number[] } }

/**
 * `2021-04-20_vX78p4-hQ0g_1618846866.json`: date, video id (which may hold `_`), Unix seconds of the start.
 */
export const recordingName = (name: string): { videoId: string; startMs: number } => {
  const [, videoId, startSeconds] = /^[\d-]+_(.+)_(\d+)\.json$/.exec(name) ?? []
  if (!videoId || !startSeconds) throw new Error(`${name} is not named like a recording`)
  return { videoId, startMs: Number(startSeconds) * 1000 }
}

/** A recorded live stream: sample i was taken at start + i * interval. */
export const rewriteRecording = (
  name: string,
  json: string,
): Rewritten & { title: string; intervalMs: number } => {
  const { videoId, startMs } = recordingName(name)
  const recording = JSON.parse(json) as Recording
  const intervalMs = recording.interval * 1000
  // The other lists can be one longer; only this one is about viewers.
  const lines = recording.data.concurrentViewers.map((viewers, index) =>
    JSON.stringify({ time: startMs + index * intervalMs, internal_name: videoId, viewer_count: viewers }),
  )
  return { lines, timeFormat: 'unix-ms', title: recording.stream_title, intervalMs }
}

/** `[time,ms] LEVEL message`; a line without a time goes on with the record before it. */
export const rewriteKafka = (text: string): Rewritten => {
  const records: { time: string; level: string; message: string }[] = []
  for (const line of linesOf(text)) {
    const [, time, level, message] = /^\[([\d-]+ [\d:]+,\d+)\] (\w+) (.*)$/.exec(line) ?? []
    const last = records.at(-1)
    if (time && level) records.push({ time, level, message: message ?? '' })
    else if (last) last.message += `\n${line}`
    else throw new Error(`The log does not start with a record: ${line}`)
  }
  return { lines: records.map((record) => JSON.stringify(record)), timeFormat: '%Y-%m-%d %H:%M:%S,%f' }
}

/** Apache combined format: the whole line is the message; the level comes from the status. */
export const rewriteAccessLog = (text: string): Rewritten => {
  const lines = linesOf(text).map((line) => {
    const [, host, time, method, status] =
      /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) .*" (\d{3}) \S+ ".*" ".*"$/.exec(line) ?? []
    if (!host || !time || !method || !status) throw new Error(`Not in the combined format: ${line}`)
    const level = status >= '500' ? 'ERROR' : status >= '400' ? 'WARN' : 'INFO'
    // The client's address stays out of the fields: addresses are not to be stored whole.
    const message = line.slice(host.length).replace(/^ \S+ \S+ /, '')
    return JSON.stringify({ time, level, message, attributes: { status, method } })
  })
  return { lines, timeFormat: '%d/%b/%Y:%H:%M:%S %z' }
}

const linesOf = (text: string): string[] => {
  const lines = text.split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
