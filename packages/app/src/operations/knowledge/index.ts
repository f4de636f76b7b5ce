import type { AnyOperation } from '@rumi/kernel/operation'
import { searchKnowledge } from '../skills/search.ts'
import {
  archiveKnowledge,
  createKnowledge,
  deleteKnowledge,
  exportKnowledge,
  importKnowledge,
  listKnowledge,
  showKnowledge,
  unarchiveKnowledge,
  updateKnowledge,
} from './knowledge.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `knowledge.` */
export const operations: readonly AnyOperation<Services>[] = [
  listKnowledge,
  showKnowledge,
  createKnowledge,
  updateKnowledge,
  deleteKnowledge,
  archiveKnowledge,
  unarchiveKnowledge,
  searchKnowledge,
  importKnowledge,
  exportKnowledge,
]
