/** A client that is connected. Its package is loaded by those processes only that use it: it takes longer than all the others. */
export async function redisClient(url: string) {
  const { createClient } = await import('redis')
  const client = createClient({ url })
  await client.connect()
  return client
}
