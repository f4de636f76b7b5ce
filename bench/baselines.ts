import { spawn } from 'node:child_process'
import { measure, type Series } from './measure.ts'

/** A cold sandbox for every call, the way a script would do it: bwrap and python3 over the whole of /usr. */
export async function coldBubblewrap(): Promise<Series> {
  const uid = process.getuid?.() === 0 ? 65_534 : undefined
  const code = 'import sys,json; d=json.load(sys.stdin); print(json.dumps({"message":"Hello, "+d["name"]}))'
  const args = [
    '--unshare-all',
    '--ro-bind',
    '/usr',
    '/usr',
    '--symlink',
    'usr/lib',
    '/lib',
    '--symlink',
    'usr/lib64',
    '/lib64',
  ]
  return measure(
    async () =>
      new Promise<void>((resolve, reject) => {
        const child = spawn('bwrap', [...args, '--', '/usr/bin/python3', '-c', code], {
          env: { PATH: '/usr/bin' },
          stdio: ['pipe', 'pipe', 'ignore'],
          ...(uid === undefined ? {} : { uid, gid: uid }),
        })
        let text = ''
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
        child.on('error', reject)
        child.on('close', () =>
          text.includes('Hello') ? resolve() : reject(new Error('the cold sandbox gave no answer')),
        )
        child.stdin.end('{"name":"Ada"}')
      }),
    { count: 60 },
  )
}

/** A line there and back between us and a running Python, without any sandbox: what nothing over a pipe can beat. */
export async function pipeRoundTrip(): Promise<Series> {
  const child = spawn('/usr/bin/python3', ['-u', '-c', 'import sys\nfor line in sys.stdin: sys.stdout.write(line)'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const waiting: (() => void)[] = []
  child.stdout.on('data', () => waiting.shift()?.())
  const series = await measure(
    async () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        child.stdin.write('{"name":"Ada"}\n')
      }),
    { count: 3000, warmUps: 200 },
  )
  child.kill()
  return series
}
