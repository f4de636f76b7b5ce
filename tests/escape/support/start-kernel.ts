import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KernelReport, KernelRequest } from './started-kernel.ts'

const program = fileURLToPath(new URL('./started-kernel.ts', import.meta.url))

/** Starts a process that runs the driver; `descriptors` are opened in it at the numbers that they are listed under. */
export function startKernel(
  request: KernelRequest,
  descriptors: ReadonlyMap<number, number> = new Map(),
): ChildProcess {
  const highest = Math.max(2, ...descriptors.keys())
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, JSON.stringify(request)], {
    stdio: Array.from({ length: highest + 1 }, (_, number) => {
      if (number === 1) return 'pipe'
      return descriptors.get(number) ?? (number === 2 ? 'inherit' : 'ignore')
    }),
  })
}

/** Its reports as they come; ends with the process. */
export async function* readReports(child: ChildProcess): AsyncGenerator<KernelReport> {
  if (!child.stdout) throw new Error('the process has no output')
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as KernelReport
}
