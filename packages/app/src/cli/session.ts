import type { Messages } from '../messages/index.ts'
import type { Whereabouts } from './own-name.ts'
import type { Terminal } from './terminal.ts'

/** 0: done. 1: failed, also a run that did not complete or a check that did not pass. 2: not understood. */
export type ExitCode = 0 | 1 | 2

/** What every command knows about the call it serves. */
export interface Session extends Whereabouts {
  readonly terminal: Terminal
  readonly messages: Messages
  /** `--json`: data on `out`, and nothing else there. */
  readonly isJson: boolean
  /** How this program is called here: see `describeOwnName`. */
  readonly ownName: string
}
