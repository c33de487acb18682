import type { Contestant } from '../contestant.ts'
import type { MeasuredGroup } from '../measure.ts'
import { KINDS } from './kinds.ts'
import { microseconds } from './tables.ts'

const LEFT = 350
const WIDTH = 990
const RIGHT = 60
const TOP = 76
const BAR = 9
const ROW = 26
const HEADING = 30
/** Where the logarithmic scale begins, in microseconds; half of one is the noise. */
const LEAST = 0.5
const GREY = '#57606a'
const COLOURS: Readonly<Record<Contestant['kind'], readonly [read: string, write: string]>> = {
  ours: ['#1f6feb', '#0a3069'],
  floor: ['#afb8c1', '#8c959f'],
  peer: ['#d4a72c', '#9a6700'],
  bare: ['#000', '#000'],
}

/** Bars on a logarithmic scale: a read, and a read and write, of each contestant, kind by kind, the cheapest first. */
export function chart({ group, rows }: MeasuredGroup): string {
  const cost = ({ name }: Contestant, work: 'read' | 'write'): number =>
    Math.max((rows.get(name)?.get(work)?.over.median ?? Number.NaN) / 1000, LEAST)
  const kinds = Object.entries(KINDS)
    .map(([kind, modes]) => ({
      kind,
      shown: group.contestants
        .filter(({ name, mode }) => modes.includes(mode) && rows.has(name))
        .toSorted((a, b) => cost(a, 'read') - cost(b, 'read')),
    }))
    .filter(({ shown }) => shown.length > 0)
  const all = kinds.flatMap(({ shown }) => shown)
  const most = Math.max(LEAST * 2, ...all.map((one) => cost(one, 'write')))
  const scale = (value: number): number => (Math.log(value / LEAST) / Math.log(most / LEAST)) * (WIDTH - LEFT - RIGHT)
  const height = TOP + kinds.length * HEADING + all.length * ROW
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(16, 24, `${group.title}: µs a request above the bare framework`, 'font-size="15" font-weight="600"'),
    text(16, 42, 'Above: read. Below, darker: read and write. Logarithmic scale.', `fill="${GREY}"`),
  ]
  for (let tick = 1; tick < most; tick *= 10) {
    const x = LEFT + scale(tick)
    lines.push(`<line x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${height - 8}" stroke="#d0d7de"/>`)
    lines.push(text(x, TOP - 12, String(tick), `text-anchor="middle" fill="${GREY}"`))
  }
  let y = TOP
  for (const { kind, shown } of kinds) {
    lines.push(text(16, y + 18, kind, 'font-weight="600"'))
    y += HEADING
    for (const one of shown) {
      lines.push(...bars(one, y))
      y += ROW
    }
  }
  return `${[...lines, '</svg>'].join('\n')}\n`

  function bars(one: Contestant, top: number): string[] {
    const weight = one.kind === 'ours' ? ' font-weight="600"' : ''
    return [
      text(LEFT - 8, top + 13, one.name, `text-anchor="end"${weight}`),
      ...(['read', 'write'] as const).flatMap((work, place) => {
        const value = cost(one, work)
        const width = Math.max(scale(value), 1)
        const at = top + place * (BAR + 1)
        return [
          `<rect x="${LEFT}" y="${at}" width="${width}" height="${BAR}" fill="${COLOURS[one.kind][place]}"/>`,
          text(LEFT + width + 4, at + BAR - 1, microseconds(value * 1000), `font-size="9" fill="${GREY}"`),
        ]
      }),
    ]
  }
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}
