import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const module = JSON.stringify(new URL('inherited-descriptors.ts', import.meta.url).href)

/** Starts Node the way a careless parent does, with these descriptors open for anybody. */
function start(redirections: string, script: string): string {
  const source = `
    import { closeInheritedDescriptors } from ${module}
    import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs'
    import { spawnSync } from 'node:child_process'
    const isOpen = (descriptor) => { try { fstatSync(descriptor); return true } catch { return false } }
    ${script}`
  const node = [process.execPath, '--input-type=module-typescript', '-e', source]
  const { stdout, stderr } = spawnSync('bash', ['-c', `exec ${redirections}; exec "$@"`, 'bash', ...node], {
    encoding: 'utf8',
  })
  return stdout.trim() || stderr
}

describe('descriptors that whoever started us left open', () => {
  it('are closed, so that no block can read from them', () => {
    const said = start(
      '30</dev/null 57</etc 200>/dev/null',
      'const closed = closeInheritedDescriptors(); console.log(JSON.stringify([30, 57, 200].map((one) => [closed.includes(one), isOpen(one)])))',
    )
    expect(JSON.parse(said)).toEqual([30, 57, 200].map(() => [true, false]))
  })

  it('would otherwise reach every child', () => {
    const child = `const child = spawnSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).stdout.split('\\n').includes('30')`
    expect(start('30</dev/null', `${child}; console.log(child)`)).toBe('true')
    expect(start('30</dev/null', `closeInheritedDescriptors(); ${child}; console.log(child)`)).toBe('false')
  })

  it('are told from our own, and from the three everybody has', () => {
    const said = start(
      '30</dev/null',
      `const own = openSync('/dev/null'); closeInheritedDescriptors()
       console.log(JSON.stringify([0, 1, 2, own].map(isOpen))); closeSync(own)
       console.log(closeInheritedDescriptors().length, spawnSync('true').status)`,
    )
    expect(said).toBe('[true,true,true,true]\n0 0')
  })
})
