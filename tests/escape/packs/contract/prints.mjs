import { spawnSync } from 'node:child_process'

export function run(input) {
  console.log(input.text)
  console.error('to stderr')
  process.stdout.write('no newline')
  spawnSync('/bin/sh', ['-c', 'echo from a subprocess'], { stdio: 'inherit' })
  return { name: input.text }
}
