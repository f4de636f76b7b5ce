import { createInterface } from 'node:readline'
import { runCommandLine } from '../../packages/app/src/cli/command-line.ts'

/** Performs one call a line of its input, and answers each with a line: what it printed, and its exit code. */
const answer = process.stdout.write.bind(process.stdout)
// Each call opens a terminal, as a program does once.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0)

for await (const line of createInterface({ input: process.stdin })) {
  const { given, environment, currentFolder } = JSON.parse(line) as {
    readonly given: readonly string[]
    readonly environment: Readonly<Record<string, string>>
    readonly currentFolder: string
  }
  const said = { out: '', err: '' }
  process.stdout.write = (text) => {
    said.out += String(text)
    return true
  }
  process.stderr.write = (text) => {
    said.err += String(text)
    return true
  }
  const code = await runCommandLine(given, { environment, currentFolder, version: '0.1.0' })
  answer(`${JSON.stringify({ code, ...said })}\n`)
}
