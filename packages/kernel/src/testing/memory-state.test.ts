import { createFixedClock } from './fixed-clock.ts'
import { createMemoryState } from './memory-state.ts'
import { describeStateStore } from './suites/state-store.ts'

describeStateStore('memory', () => ({ store: createMemoryState(createFixedClock()), close: () => undefined }))
