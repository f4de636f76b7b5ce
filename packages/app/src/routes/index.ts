export { RouteLibrary, type RouteReview } from './route-library.ts'
