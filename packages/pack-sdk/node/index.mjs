/** What a block imports as `@rumi/pack-sdk` while it runs; src/index.ts has the types. */
export { capability } from './capability.mjs'
export { http } from './http.mjs'
