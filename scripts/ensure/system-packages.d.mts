/** What is known about the machine that lacks a program. */
export type Machine = {
  readonly missing: readonly ('bubblewrap' | 'python')[]
  readonly find: (name: string) => unknown
  readonly isRoot: boolean
  readonly maySudo: boolean
}

/** Plans how missing programs get onto the machine; see `system-packages.mjs`. */
export function planInstallation(machine: Machine): {
  readonly attempts: readonly (readonly (readonly string[])[])[]
  readonly advice: string
}
