import { createHmac } from 'node:crypto'

/**
 * The token of a delegate, made from the operator's: whoever has it cannot find out the operator's, and it ends when
 * that one is replaced. 43 characters of base64url.
 */
export function deriveDelegateToken(operatorToken: string): string {
  return createHmac('sha256', operatorToken).update('rumi delegate token v1').digest('base64url')
}
