export { findExcerpt } from './excerpt.ts'
export type { SearchEntry, SearchHit, SearchIndex, SearchLayer, SearchOptions } from './port.ts'
export { parseQuery, type QueryTerm } from './query.ts'
export { segmentWords } from './words.ts'
