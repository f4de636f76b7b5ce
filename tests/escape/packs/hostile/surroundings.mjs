/** What an interpreter was started with. */
import { hostname } from 'node:os'

export const run = () => ({
  environment: { ...process.env },
  arguments: process.execArgv,
  ids: [process.pid, process.getuid(), process.getgid(), process.getgroups()],
  hostname: hostname(),
})
