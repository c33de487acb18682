import type { Page } from './browser.ts'

/** The `Set-Cookie` line of one cookie, empty where there is none. */
export function lineOf(page: Page, name: string): string {
  const lines = page.setCookie.filter((line) => line.startsWith(`${name}=`))
  if (lines.length > 1) throw new Error(`the response sets ${name} ${lines.length} times`)
  return lines[0] ?? ''
}

/** The value that a response gives one cookie, empty where there is none or it is expired. */
export function tokenOf(page: Page, name: string): string {
  return (
    lineOf(page, name)
      .slice(name.length + 1)
      .split(';')[0] ?? ''
  )
}

/** What a browser sends back of a response's cookies: a `Cookie` header. */
export function cookieOf(page: Page, ...names: string[]): string {
  return names.map((name) => `${name}=${tokenOf(page, name)}`).join('; ')
}

/** The attributes in a `Set-Cookie` line, sorted, without those that say when it ends. */
export function attributesOf(line: string): string[] {
  return line
    .split('; ')
    .slice(1)
    .filter((one) => !/^(?:Max-Age|Expires)=/.test(one))
    .toSorted()
}

export function maxAgeOf(line: string): number | undefined {
  const [, seconds] = /; Max-Age=(\d+)/.exec(line) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
