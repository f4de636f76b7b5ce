import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** Bytes: several times what the tests have been seen to keep at a time. */
const ROOM = 1024 ** 3

/**
 * Makes a folder for what the tests write, and removes it when this process ends. It is in memory where there is room
 * and files may be executed, because much of the tests' time is making and removing files; `TMPDIR` names another place.
 *
 * @returns {string} Its path. Everybody may enter it: packs are users of their own.
 */
export function makeTemporaryFolder() {
  const folder = (process.env.TMPDIR ? undefined : makeInMemory()) ?? mkdtempSync(join(tmpdir(), 'rumi-gate-'))
  chmodSync(folder, 0o755)
  process.once('exit', () => remove(folder))
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(code))
  }
  return folder
}

function makeInMemory() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < ROOM || freemem() < 2 * ROOM) return undefined
    const folder = mkdtempSync(join(MEMORY, 'rumi-gate-'))
    if (mayExecute(folder)) return folder
    remove(folder)
  } catch {
    // There is no such place, or it is not for us.
  }
  return undefined
}

function mayExecute(folder) {
  const program = join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  const { status } = spawnSync(program)
  rmSync(program)
  return status === 0
}

function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
