import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * A script for browsers, with all that it imports, as one text: made when it is first asked for. A real app has its
 * bundler do it before it starts.
 */
export function bundle(script: URL): () => Promise<string> {
  let text: Promise<string> | undefined
  return () => (text ??= make(script))
}

async function make(script: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(script)],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    conditions: ['koa-typed-sessions-source'],
  })
  return outputFiles[0]?.text ?? ''
}
