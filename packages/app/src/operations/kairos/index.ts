import type { AnyOperation } from '@rumi/kernel/operation'
import { initKairos, upgradeKairos } from './kairos.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `kairos.` */
export const operations: readonly AnyOperation<Services>[] = [initKairos, upgradeKairos]
