export { en, type Messages } from './en.ts'
export { ja } from './ja.ts'
