import type { AnyOperation } from '@rumi/kernel/operation'
import {
  approveCandidate,
  listBlocked,
  listCandidates,
  rejectCandidate,
  removeHandler,
  scanCandidates,
  unblockCandidate,
} from './handlers.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `capability.` */
export const operations: readonly AnyOperation<Services>[] = [
  scanCandidates,
  listCandidates,
  approveCandidate,
  rejectCandidate,
  listBlocked,
  unblockCandidate,
  removeHandler,
]
