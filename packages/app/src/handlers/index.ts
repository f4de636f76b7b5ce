export { HandlerRunner } from './handler-capability.ts'
export { HandlerLibrary, type CandidateView, type HandlerScan } from './handler-library.ts'
