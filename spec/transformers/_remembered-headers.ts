import { randomBytes } from 'node:crypto'
import { pooledRandom } from '../../lib/base/random.ts'
import { encrypt } from '../../lib/transformers/encrypt.ts'
import { sign } from '../../lib/transformers/sign.ts'

// Prints by how many bytes the heap grows when 1,000 tokens are remembered that were cut out of headers of 16 kB each.
const purpose = { name: 'user', transport: 'cookie', random: pooledRandom() }
const keys = randomBytes(32).toString('base64url')

function used(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const kinds = [sign(keys), encrypt({ keys })].map((transformer) => transformer.bind(purpose))
const before = used()
for (const bound of kinds) {
  for (let index = 0; index < 1000; index++) {
    const token = bound.encode(`value ${index}`) as string
    // As from the socket, one text of its own; opened three times, the third from either half of what is remembered.
    for (let round = 0; round < 3; round++) {
      const header = Buffer.from(`other=${'x'.repeat(16_000)}; user=${token}`).toString('latin1')
      void bound.decode(header.slice(header.indexOf('user=') + 'user='.length))
    }
  }
}
console.log(used() - before)
// What was remembered must live until here.
if (kinds.some((bound) => typeof bound.decode !== 'function')) process.exit(1)
