export { buildSeccompFilter, type SeccompArchitecture } from './filter.ts'
