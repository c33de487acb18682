export { type ManualClock, manualClock } from './manual-clock.ts'
export type { Assertions, CreateStorage, Scenario } from './scenario.ts'
export { type StorageCapabilities, storageScenarios } from './storage-conformance.ts'
