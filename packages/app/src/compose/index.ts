export { openSystem, type Surroundings, type System } from './open-system.ts'
