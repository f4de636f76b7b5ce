import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { constants as os } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder, without a trailing slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** The Node 24 that `npm ci` puts into the repository. Everything but these scripts runs on it. */
export const node24 = join(root, 'node_modules/node/bin/node')

/** The path of a program on PATH, or undefined. */
export function findProgram(name) {
  const candidates = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return candidates.map((folder) => join(folder, name)).find(isExecutable)
}

/** Whether a file exists and may be executed. */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a command in the repository, with its output visible, and says whether it ended with 0. */
export function succeeds(command, env = process.env) {
  const [program, ...args] = command
  return spawnSync(program, args, { cwd: root, stdio: 'inherit', env }).status === 0
}

/**
 * Runs a command in the foreground until it ends and hands it the signals that would end this process.
 *
 * @param {string[]} command
 * @returns {Promise<number>} Its exit code; 128 + the signal's number when a signal ended it.
 */
export function runInForeground(command) {
  const [program, ...args] = command
  const child = spawn(program, args, { cwd: root, stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  // Ctrl-C in a terminal reaches the whole process group; a second copy would look like an impatient user.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  return new Promise((settle, fail) => {
    child.once('error', fail)
    child.once('exit', (code, signal) => settle(code ?? 128 + (os.signals[signal] ?? 0)))
  })
}

/** Explains why it does not go on and ends the process with 1. */
export function stop(...lines) {
  console.error(`\n${lines.join('\n')}\n`)
  process.exit(1)
}
