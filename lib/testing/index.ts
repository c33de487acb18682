export { cookieJar, type CookieJar, type CookieJarOptions } from './cookie-jar.ts'
export type { JarCookie } from './cookie-store.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export { mint, type Minted, type MintOptions } from './mint.ts'
export type { Assertions, CreateStorage, Scenario, StorageCapabilities } from './scenario.ts'
export { storageScenarios } from './storage-conformance.ts'
export {
  faultyStorage,
  storageFault,
  type StorageFault,
  type StorageFaults,
  type UsualFaults,
} from './faulty-storage.ts'
export { type RecordedStorage, recordedStorage, type StorageOperation } from './history.ts'
export { type Interleaving, interleavings, type InterleavingsOptions } from './interleavings.ts'
export { isLinearizable } from './linearizability.ts'
export type { StorageCall } from './storage-call.ts'
