/**
 * A process of its own that runs the driver, for attacks on how the system is started and how it dies. It takes a JSON
 * request as its argument and prints one line of JSON for each thing that happened.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { closeInheritedDescriptors } from '@rumi/drivers/system'
import type { JsonValue } from '@rumi/kernel/base'
import type { BlockOutcome } from '@rumi/kernel/sandbox'
import { attack, createHostileDriver, type CallChanges } from './hostile-driver.ts'

/** What the process is to do. */
export interface KernelRequest {
  /** Whether it closes what it inherited, as `main` does first of all. */
  readonly closesInherited: boolean
  /** Names its control groups. */
  readonly owner: string
  readonly calls: readonly ({ readonly file: string; readonly waits: boolean } & CallChanges)[]
  /** How long it lives after the calls that it waits for, in milliseconds. */
  readonly staysMs: number
}

/** What it tells. */
export type KernelReport =
  | { readonly closed: readonly number[] }
  | { readonly file: string; readonly outcome: BlockOutcome }
  | { readonly pids: readonly number[] }

function tell(report: KernelReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

async function main(request: KernelRequest): Promise<void> {
  if (request.closesInherited) tell({ closed: closeInheritedDescriptors() })
  const driver = createHostileDriver({ owner: request.owner })
  for (const call of request.calls) {
    const outcome = attack(driver, call.file, call).then((settled) => tell({ file: call.file, outcome: settled }))
    if (call.waits) await outcome
  }
  await sleep(request.staysMs)
  tell({ pids: driver.workerPids() })
  if (request.staysMs > 0) await sleep(60_000)
  await driver.close()
}

const argument: JsonValue = JSON.parse(process.argv[2] ?? 'null')
await main(argument as unknown as KernelRequest)
