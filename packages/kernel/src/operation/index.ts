export { deriveDelegateToken } from './delegate-token.ts'
export { forbidden, invoke, type Invocation } from './invoke.ts'
export {
  defineOperation,
  type AnyOperation,
  type CallContext,
  type Caller,
  type HttpPlace,
  type Operation,
} from './operation.ts'
