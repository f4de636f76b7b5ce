import { keepCompiledCode } from './compile-cache.mjs'

// This file and what it imports are JavaScript: for the first TypeScript that is not kept compiled, Node loads what
// strips its types, which takes a fifth of the time of a short command.
keepCompiledCode(process.env)
// Imported now and not above: only what is loaded from here on is kept compiled.
const { runCommandLine } = await import('./command-line.ts')
const exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  currentFolder: process.cwd(),
  version: '0.1.0',
})
if (exitCode !== 0) process.exitCode = exitCode
