import { cookie, plain, type StandardSchema } from 'koa-typed-sessions'

export interface Theme {
  colour: 'light' | 'dark'
}

/** A Standard Schema by hand. One of a library fits as well: `z.object({ colour: z.enum(['light', 'dark']) })`. */
const schema: StandardSchema<unknown, Theme> = {
  '~standard': {
    version: 1,
    vendor: 'samples',
    validate(value) {
      const colour = typeof value === 'object' && value !== null && 'colour' in value ? value.colour : undefined
      if (colour === 'light' || colour === 'dark') return { value: { colour } }
      return { issues: [{ message: "is neither 'light' nor 'dark'", path: ['colour'] }] }
    },
  },
}

/** In clear, and for scripts to read: nothing that the server must believe, so whatever comes back is checked. */
export const Theme = cookie('theme', {
  schema,
  transform: plain(),
  absoluteTimeout: null,
  idleTimeout: '365d',
  cookie: { httpOnly: false },
})
