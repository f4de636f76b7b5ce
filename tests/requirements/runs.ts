import type { Requirement } from './requirement.ts'

const advance = 'packages/kernel/src/run/advance.test.ts'
const laws = 'packages/kernel/src/run/advance-laws.test.ts'
const bounds = 'packages/kernel/src/run/bounds.test.ts'
const journal = 'packages/kernel/src/run/journal-bounds.test.ts'
const runner = 'packages/kernel/src/run/runner.test.ts'
const stop = 'packages/kernel/src/run/runner-stop.test.ts'
const http = 'tests/http/runs.test.ts'
const kill = 'tests/crash/kill.test.ts'
const scenario = 'tests/scenarios/http.test.ts'
const commands = 'tests/scenarios/commands.test.ts'

/** Promises about runs and their journal. */
export const runRequirements: readonly Requirement[] = [
  {
    id: 'RUN-1',
    promise: 'What a run does next is a pure function of the run, the event and the flows.',
    source: 'ARCHITECTURE §Picture',
    proof: `${laws} › gives the same turn for the same run and event, and changes nothing it was given`,
  },
  {
    id: 'RUN-2',
    promise:
      'Every step of a run is kept with input, output, log, duration, sandbox and error, and is shown on request.',
    source: 'OPERATIONS §Runs',
    proof: [
      `${advance} › is recorded with what the block printed, where it ran and how long it took`,
      `${scenario} › can read every step of the run, and where it ran`,
      `${commands} › shows of a run that failed every step: input, log, duration, sandbox and error`,
      'tests/scenarios/cli.test.ts › takes an operator from an empty folder to a verified ledger',
    ],
  },
  {
    id: 'RUN-3',
    promise: 'The journal outlives a restart.',
    source: 'OPERATIONS §Runs',
    proof: [
      'packages/drivers/src/sql/state-store.test.ts › keeps everything over a restart',
      `${scenario} › keeps approvals, runs and the ledger, and shows that the system started again`,
    ],
  },
  {
    id: 'RUN-4',
    promise: 'Ten runs at a time, or RUMI_MAX_CONCURRENT_FLOWS; one more is told to wait.',
    source: 'pack-development §Notes',
    proof: [
      'packages/app/src/config/settings.test.ts › are safe when nobody says anything',
      `${stop} › is one too many, until another has ended`,
      `${http} › the health check answers, one run too many is told to wait, and a cancelled run makes room again`,
    ],
  },
  {
    id: 'RUN-5',
    promise: 'A run that is cancelled has ended, with its block, when the cancelling is answered.',
    source: 'OPERATIONS §Runs',
    proof: [
      `${stop} › by cancel has ended, durably, when cancel returns`,
      `${http} › the health check answers, one run too many is told to wait, and a cancelled run makes room again`,
      `${commands} › stops a run that somebody cancels, and whoever waits for it is told`,
    ],
  },
  {
    id: 'RUN-6',
    promise:
      'A run has 300 seconds unless asked for otherwise, between 1 and 600, and says so when they were not enough.',
    source: 'FLOWS §Limits',
    proof: [`${http} › %j is %d seconds`, `${http} › is told with the id of the run, which has ended by then`],
  },
  {
    id: 'RUN-7',
    promise: 'That a block is about to run is durable before it runs, and nothing is answered before it is durable.',
    source: 'ARCHITECTURE §What is durable when',
    proof: [
      `${runner} › has the intent before the sandbox is asked: run, open step and block.start`,
      `${runner} › asks no sandbox when the intent cannot be written`,
      `${runner} › gives no reply before %s and the end of the run are written`,
    ],
  },
  {
    id: 'RUN-8',
    promise: 'A run that the end of the system cut off shows as interrupted at the next start, with its open steps.',
    source: 'OPERATIONS §Runs',
    proof: [
      'packages/kernel/src/run/recover.test.ts › open runs and their open steps are interrupted, and the ledger says so; others stay as they are',
      `${kill} › STO-02, STO-03: a kernel that is killed at any moment loses nothing it acknowledged and leaves nothing half done or running`,
    ],
  },
  {
    id: 'RUN-9',
    promise: 'Runs at the same time keep their values and their records apart.',
    source: 'pack-development §Notes',
    proof: `${runner} › keep their contexts and their records apart`,
  },
  {
    id: 'RUN-10',
    promise: 'A client that hangs up takes its run with it.',
    source: 'http §Every request',
    proof: `${http} › a client that hangs up takes its run with it`,
  },
  {
    id: 'RUN-11',
    promise: 'A result beyond 4 MiB, or RUMI_MAX_RESPONSE_BYTES, is replaced by a note that says so; the run keeps it.',
    source: 'pack-development §Notes',
    proof: [
      'packages/app/src/config/settings.test.ts › are safe when nobody says anything',
      `${http} › larger than RUMI_MAX_RESPONSE_BYTES is replaced by a note, and the run is a success`,
      `${http} › is measured in bytes of JSON`,
    ],
  },
  {
    id: 'RUN-12',
    promise: 'The steps and values of a run, and what is kept of them, are bounded.',
    source: 'FLOWS §Limits',
    proof: [
      `${bounds} › end one that would go on for ever: flows of a hundred steps that call each other`,
      `${bounds} › keep no result that is too large for any reply`,
      `${journal} › keeps no more than a budget of all steps of a run, but every number and every status`,
    ],
  },
  {
    id: 'RUN-13',
    promise: 'An exception interrupts its run at once, and not only at the next start, and gives the run’s place back.',
    source: 'STYLE §Failures',
    proof: [
      `${stop} › of %s reaches the caller, and the run is interrupted at once`,
      `${stop} › gives its place back after %s`,
    ],
  },
]
