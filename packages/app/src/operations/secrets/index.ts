import type { AnyOperation } from '@rumi/kernel/operation'
import { deleteSecret, listSecrets, rotateSecrets, setSecret } from './secrets.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `secrets.` */
export const operations: readonly AnyOperation<Services>[] = [listSecrets, setSecret, deleteSecret, rotateSecrets]
