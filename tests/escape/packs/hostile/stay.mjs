/** Does not end: ignores the signals it can, keeps stdout open, spins or sleeps under the name from the input. */
import { spawn } from 'node:child_process'

export async function run(request) {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGPIPE']) process.on(signal, () => {})
  if (request.daemon) {
    const script = `process.title = '${request.name}'; process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
    spawn(process.execPath, ['-e', script], { detached: true, stdio: 'ignore' }).unref()
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  if (request.how === 'answer') return 'answered'
  process.title = request.name
  process.stdout.write('half a line')
  while (request.how === 'spin');
  await new Promise(() => setInterval(() => {}, 1000))
}
