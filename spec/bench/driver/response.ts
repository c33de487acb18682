/** A response as text, taken apart. */
export interface Response {
  readonly status: number
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[]
  readonly body: string
}

export function parseResponse(text: string): Response {
  const end = text.indexOf('\r\n\r\n')
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ])
  const chunked = headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked')
  const rest = text.slice(end + 4)
  return {
    status: Number(start.split(' ')[1]),
    cookies: headers.flatMap(([name, value]) => (name === 'set-cookie' && value !== undefined ? [value] : [])),
    body: chunked ? dechunked(rest) : rest,
  }
}

function dechunked(text: string): string {
  let body = ''
  for (let at = 0; at < text.length;) {
    const line = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, line), 16)
    if (!(size > 0)) break
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
  return body
}
