/**
 * Files whose rows are lists side by side, as the lines of NDJSON that a recorder would send.
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
