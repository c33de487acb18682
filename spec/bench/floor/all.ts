import { type Contestant, NEW } from '../contestant.ts'
import { directoryFloor } from './directory.ts'
import { encryptedFloor } from './encrypted.ts'
import { floor } from './floor.ts'
import { withKnownTokens } from './known-tokens.ts'
import { memoryFloor } from './memory.ts'
import { redisFloor } from './redis.ts'
import { sealedFloor } from './sealed.ts'
import { signedFloor } from './signed.ts'

export const floors: readonly Contestant[] = [
  floor('signed, new tokens', 'signed', signedFloor, NEW),
  floor('signed, known tokens', 'signed', () => withKnownTokens(signedFloor())),
  floor('encrypted, new tokens', 'encrypted', encryptedFloor, NEW),
  floor('encrypted, known tokens', 'encrypted', () => withKnownTokens(encryptedFloor())),
  floor('sealed, known tokens', 'sealed', () => withKnownTokens(sealedFloor())),
  floor('sealed, new tokens', 'sealed', sealedFloor, NEW),
  floor('memory', 'memory', () => memoryFloor()),
  floor('memory, renewed each time', 'memory', () => memoryFloor(true)),
  floor('directory', 'directory', ({ folder }) => directoryFloor(folder)),
  floor('Redis', 'redis', ({ redis }) => redisFloor(redis)),
]
