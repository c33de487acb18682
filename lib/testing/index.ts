/**
 * Valid sessions for a test, a cookie jar, a clock to advance, and the conformance scenarios of storages.
 *
 * @module koa-typed-sessions/testing
 */

export type { Assertions, CreateStorage, Scenario, StorageCapabilities } from './conformance/scenario.ts'
export { storageScenarios } from './conformance/storage-scenarios.ts'
export { cookieJar, type CookieJar, type CookieJarOptions } from './cookie-jar.ts'
export type { JarCookie } from './cookie-store.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export { mint, type Minted, type MintOptions } from './mint.ts'
