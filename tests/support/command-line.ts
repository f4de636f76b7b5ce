import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What a call of the command line came to. */
export interface CallEnd {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The command line in a process of its own that performs many calls, one after the other: most of a call is its start. */
export interface CommandLine {
  call(given: readonly string[]): Promise<CallEnd>
  end(): void
}

/** Starts it. Nothing is a terminal, and nothing can be typed. */
export function startCommandLine(surroundings: {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly currentFolder: string
}): CommandLine {
  const program = fileURLToPath(new URL('command-line-program.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: { ...surroundings.environment },
    cwd: surroundings.currentFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let last: Promise<unknown> = Promise.resolve()
  return {
    call: (given) => {
      const ended = last.then(async () => {
        child.stdin.write(`${JSON.stringify({ given, ...surroundings })}\n`)
        const { value } = await answers.next()
        return JSON.parse(String(value)) as CallEnd
      })
      // Only the order hangs on this one: who made the call gets its error.
      last = ended.catch(() => undefined)
      return ended
    },
    end: () => child.kill('SIGKILL'),
  }
}
