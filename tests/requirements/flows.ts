import type { Requirement } from './requirement.ts'

const files = 'packages/drivers/src/flow/flow-files.test.ts'
const library = 'packages/app/src/library/flow-library.test.ts'
const catalog = 'packages/kernel/src/flow/catalog.test.ts'
const document = 'packages/kernel/src/flow/parse/document.test.ts'
const parse = 'packages/kernel/src/flow/parse/flow.test.ts'
const step = 'packages/kernel/src/flow/parse/step.test.ts'
const schedule = 'packages/kernel/src/flow/parse/schedule.test.ts'
const plan = 'packages/kernel/src/flow/plan.test.ts'
const template = 'packages/kernel/src/flow/template.test.ts'
const condition = 'packages/kernel/src/flow/condition/condition.test.ts'
const advance = 'packages/kernel/src/run/advance.test.ts'
const laws = 'packages/kernel/src/run/advance-laws.test.ts'
const failing = 'packages/kernel/src/run/failing.test.ts'
const handlers = 'packages/kernel/src/run/handlers.test.ts'
const subFlows = 'packages/kernel/src/run/sub-flows.test.ts'
const runtime = 'packages/kernel/src/sandbox/runtime.test.ts'
const badFlows = 'tests/http/bad-flows.test.ts'
const badBlocks = 'tests/http/bad-blocks.test.ts'
const blocks = 'tests/http/blocks.test.ts'

/** Promises about where flows come from and how they are read. */
const loading: readonly Requirement[] = [
  {
    id: 'FLOW-1',
    promise: 'Flows are read from flows/, from user_data/shared/flows/ and from the flows folder of approved packs.',
    source: 'pack-development §Flow definition; original README §Structure',
    proof: [
      `${files} › are those of the system’s folder and of the shared one, below them too`,
      `${library} › lie in its folder for flows, beside its manifest or below backend`,
    ],
  },
  {
    id: 'FLOW-2',
    promise:
      'Of flows with one id that of flows/ wins, then the shared one, then that of the pack it is named after; others are named.',
    source: 'FLOWS §Whose flow',
    proof: [
      `${catalog} › %s`,
      `${catalog} › does not depend on the order of the files, and a pack never takes an id of the operator`,
      `${library} › are not replaced by a flow of a pack`,
    ],
  },
  {
    id: 'FLOW-3',
    promise: 'Size, depth and number of nodes of a flow file are bounded before anything is built from it.',
    source: 'FLOWS §Limits',
    proof: [
      `${document} › reads exactly as many bytes as allowed`,
      `${document} › bounds the depth of %s`,
      `${document} › bounds the nodes of %s`,
    ],
  },
  {
    id: 'FLOW-4',
    promise: 'Every problem of a flow file is named with its file, line and column, all of them at once.',
    source: 'FLOWS §Diagnostics',
    proof: [
      `${badFlows} › that $what is named with its place`,
      `${parse} › are all reported at once, with the id when it can be read`,
      'tests/scenarios/commands.test.ts › names a broken flow file with its line and column',
    ],
  },
  {
    id: 'FLOW-5',
    promise: 'A broken flow file takes nothing from the others.',
    source: 'roadmap §1.3; FLOWS §Diagnostics',
    proof: [
      `${badFlows} › takes nothing from the good ones, which are listed in order`,
      `${library} › that are broken take nothing from others`,
      `${library} › that are broken are named, and take nothing from others`,
    ],
  },
  {
    id: 'FLOW-6',
    promise: 'A flow file that is added, changed or repaired counts at once, without a restart.',
    source: 'FLOWS §Whose flow',
    proof: [
      `${library} › follow their files without a restart, and are not read again while nothing changes`,
      `${badFlows} › that is repaired runs at once, and its problem is gone`,
      'tests/scenarios/http.test.ts › runs a flow dropped into the shared folder at once, beside a broken one that is explained',
    ],
  },
  {
    id: 'FLOW-7',
    promise:
      'The flows of a pack can be run once it is approved, in the approved version, and not after it was rejected.',
    source: 'FLOWS §Whose flow',
    proof: [
      `${library} › run once it is approved, and not after it was rejected or forgotten`,
      `${library} › are those of the approved bytes, whatever its folder holds now`,
    ],
  },
  {
    id: 'FLOW-8',
    promise:
      'The documented fields of a flow and its steps are read, with priority 100 and a time-out of 60 s by default.',
    source: 'pack-development §How to write steps',
    proof: `${parse} › is read as declared`,
  },
  {
    id: 'FLOW-9',
    promise:
      'A block step is written python_file_call or block; an unknown type is an error that names the nearest known one.',
    source: 'pack-development §python_file_call; FLOWS §Types',
    proof: [`${parse} › is read as declared`, `${step} › of an unknown type names the known types and the nearest`],
  },
  {
    id: 'FLOW-10',
    promise:
      'A schedule is read and checked: five cron fields or an interval, which is raised to ten seconds with a warning.',
    source: 'pack-development §Scheduled runs',
    proof: [
      `${schedule} › %s is kept`,
      `${schedule} › an interval of %s is raised to ten seconds`,
      `${schedule} › %s is refused`,
    ],
  },
]

/** Promises about the order of steps and what they may do. */
const stepping: readonly Requirement[] = [
  {
    id: 'FLOW-11',
    promise: 'Steps run one at a time by phase, then priority, then id, whatever their order in the file.',
    source: 'pack-development §Flow definition; FLOWS §Fields of every step',
    proof: [
      `${advance} › is phase, then priority, then id, whatever the file says`,
      `${advance} › waits for each block before the next step begins`,
      `${plan} › runs phases in their order and plans the branches of an if by the same rule`,
    ],
  },
  {
    id: 'FLOW-12',
    promise: 'depends_on puts a step after others of its phase, and skips it when one of them did not run.',
    source: 'FLOWS §Fields of every step',
    proof: [
      `${plan} › is a permutation, does not depend on the order given, and respects every dependency unless there is a circle`,
      `${advance} › skips what a skipped step would have come before, and what comes after that`,
      `${advance} › on a step that failed is not met`,
    ],
  },
  {
    id: 'FLOW-13',
    promise: 'The ending of a block’s file decides how it runs: .py in Python, .ts, .mts, .js and .mjs in Node.',
    source: 'PACKS §Blocks',
    proof: [`${runtime} › of %j is %s`, `${blocks} › runs by the ending of its file: %s`],
  },
  {
    id: 'FLOW-14',
    promise:
      'A block’s file is looked for below the pack’s blocks folder first and never outside of the approved tree.',
    source: 'PACKS §Layout',
    proof: [
      `${runtime} › is looked for below blocks first, then in the places of old packs, then as written`,
      `${runtime} › is one of the approved tree, whatever the step says: %j`,
      'packages/app/src/library/block-resolver.test.ts › is no for the file %j',
    ],
  },
  {
    id: 'FLOW-15',
    promise: 'The pack of a block may be left out in a flow of that pack, and a principal_id changes nothing.',
    source: 'pack-development §python_file_call; §Notes',
    proof: [`${step} › that is a block has its pack from where the flow is, unless it names one`, `${step} › %s`],
  },
  {
    id: 'FLOW-16',
    promise: 'Blocks of several packs are wired by a shared flow without knowing each other.',
    source: 'pack-development §Patterns between packs',
    proof: `${blocks} › of one pack and a block of another are wired by a flow of the operator; neither knows the other`,
  },
  {
    id: 'FLOW-17',
    promise: 'A flow of a pack reaches blocks and flows of its own pack only.',
    source: 'FLOWS §Whose flow; decision 0009',
    proof: [
      `${subFlows} › of a pack may not call one of %s`,
      'packages/app/src/library/block-resolver.test.ts › for a flow of %s pack',
      'packages/app/src/library/block-resolver.test.ts › is decided about the flow before the pack: a stranger learns nothing about other packs',
    ],
  },
  {
    id: 'FLOW-18',
    promise: 'The handlers without effects on the system are there for every flow.',
    source: 'pack-development §handler; FLOWS §Types',
    proof: `${handlers} › give what is asked for: %j`,
  },
  {
    id: 'FLOW-19',
    promise:
      'Privileged handlers are performed for flows of the operator only, and for no pack’s flow that those call.',
    source: 'FLOWS §Types',
    proof: [
      `${handlers} › %s is for flows of the operator, also when those call a flow of a pack`,
      `${handlers} › with effects are performed by somebody else, who gets their expanded arguments`,
      `${laws} › asks a stranger’s flow for no privileged handler`,
    ],
  },
  {
    id: 'FLOW-20',
    promise: 'An if runs its then or its else steps, which see and change the same context.',
    source: 'FLOWS §Types',
    proof: `${advance} › of an if chooses a branch, whose steps see and change the same context`,
  },
  {
    id: 'FLOW-21',
    promise: 'Flows call flows ten deep and no deeper, and never one that is already running in the run.',
    source: 'roadmap §5.7 #58',
    proof: [
      `${subFlows} › go ten deep`,
      `${subFlows} › do not go eleven deep`,
      `${subFlows} › are refused when a flow calls %s`,
    ],
  },
  {
    id: 'FLOW-22',
    promise: 'A false condition skips its step, and a condition that cannot be evaluated counts as false and says why.',
    source: 'FLOWS §Conditions',
    proof: [
      `${advance} › that is false skips the step and says so; the run completes`,
      `${advance} › that fails while it runs skips the step and says why`,
    ],
  },
  {
    id: 'FLOW-23',
    promise: 'Conditions are single comparisons or CEL, and a text on the right may hold operators itself.',
    source: 'roadmap §5.7 #16; FLOWS §Conditions',
    proof: [
      `${condition} › %s is %s`,
      `${condition} › without operator %j is %s`,
      'packages/kernel/src/flow/condition/comparison.test.ts › splits at the operator between its sides only: %s',
    ],
  },
  {
    id: 'FLOW-24',
    promise: 'No condition can keep the system busy: what would take long is refused or false.',
    source: 'FLOWS §Conditions; threat model §Against the kernel and other packs',
    proof: [`${condition} › %s is refused as %s`, `${condition} › %s over too much data is false with an error`],
  },
]

/** Promises about values and ends. */
const values: readonly Requirement[] = [
  {
    id: 'FLOW-25',
    promise:
      'A reference that stands alone keeps the type of its value; inside of a text the value is written as JSON.',
    source: 'pack-development §Variables; FLOWS §References',
    proof: [`${template} › %j becomes %j`, `${template} › a whole reference gives exactly the data, whatever it holds`],
  },
  {
    id: 'FLOW-26',
    promise: 'A reference to nothing is null and is named in the diagnostics.',
    source: 'pack-development §Variables',
    proof: [
      `${advance} › that point nowhere are null, and are named in the diagnostics of step and run`,
      `${template} › a missing reference in %j gives %j and is named`,
    ],
  },
  {
    id: 'FLOW-27',
    promise: 'Data is never searched for references, however many steps it passes through.',
    source: 'FLOWS §References',
    proof: [
      `${advance} › in data are data, however many steps they pass through`,
      `${advance} › in what a block returns are data too`,
      `${template} › never expands data that comes from the context`,
    ],
  },
  {
    id: 'FLOW-28',
    promise: 'No reference reaches the environment of the system.',
    source: 'FLOWS §References',
    proof: `${advance} › do not reach the machine that everything runs on`,
  },
  {
    id: 'FLOW-29',
    promise: 'Values are expanded at most 20 levels deep, and never into more than is allowed.',
    source: 'roadmap §5.7 #70',
    proof: [
      `${template} › CAP-17: answers null for what is nested deeper than 20`,
      `${template} › refuses to multiply data beyond the bound: %s`,
    ],
  },
  {
    id: 'FLOW-30',
    promise: 'What a block returns is put under its output as it is, without the words of the system.',
    source: 'pack-development §Return value',
    proof: [
      `${advance} › goes to its output, also when it is null`,
      `${advance} › loses the words of the system: %j becomes %j`,
      `${advance} › goes to _step_out.<id> without an output, and overwrites no key of that name`,
    ],
  },
  {
    id: 'FLOW-31',
    promise: 'The declared outputs of a flow are its result.',
    source: 'pack-development §Flow definition',
    proof: `${advance} › is the declared outputs, and null with a word about it for what nothing set`,
  },
  {
    id: 'FLOW-32',
    promise: 'Inputs begin with their defaults, and a required one that is missing is named before anything runs.',
    source: 'FLOWS §Fields of a flow',
    proof: [
      `${advance} › begins with declared defaults, and what the caller gives goes before them`,
      'tests/http/runs.test.ts › that a flow requires and nobody gave are named',
    ],
  },
  {
    id: 'FLOW-33',
    promise: 'A block that returns the abort marker ends the whole run with its reason, and the marker reaches nobody.',
    source: 'pack-development §Flow control',
    proof: [
      `${failing} › ends the run as aborted with its reason in the diagnostics, and its marker reaches nobody`,
      `${failing} › in a flow that is called ends the whole run, and no step stays open`,
      `${blocks} › that aborts ends the run, which says so: status, step and reason`,
    ],
  },
  {
    id: 'FLOW-34',
    promise: 'With fail_soft a failed step leaves null and the flow goes on; without it the flow ends there.',
    source: 'original README §Fail-soft; FLOWS §Ends',
    proof: [
      `${failing} › lets the flow go on with null as its output, and the run end as failed with the first reason`,
      `${failing} › ends the flow at once without fail_soft`,
      `${failing} › in a flow that is called: fail_soft outside %s, inside %s`,
      `${laws} › reaches every step of a flow with fail_soft unless the run is aborted or stopped`,
    ],
  },
  {
    id: 'FLOW-35',
    promise:
      'A run that failed says so: its status, the step that failed and the reason; it never passes for completed.',
    source: 'FLOWS §Ends; decision 0008',
    proof: [
      `${badBlocks} › that $what fails its step and says why`,
      `${badFlows} › that calls what is not there fails when it runs: %s`,
      `${laws} › calls a run completed exactly when no step failed, was aborted or interrupted and no dependency stopped it`,
    ],
  },
  {
    id: 'FLOW-36',
    promise: 'A block that does not answer within timeout_seconds is ended, and its step has failed for that reason.',
    source: 'pack-development §python_file_call',
    proof: [
      `${badBlocks} › that $what fails its step and says why`,
      'packages/kernel/src/run/runner.test.ts › carries what was decided and what the step says, and nothing more',
    ],
  },
  {
    id: 'FLOW-37',
    promise: 'A called flow gets the caller’s values only when both have one owner, and changes none of them.',
    source: 'FLOWS §Calling flows',
    proof: [
      `${subFlows} › hand over what their owners allow: %j`,
      `${subFlows} › keep what a called flow sets out of the caller`,
    ],
  },
]

/** Promises about flows. */
export const flowRequirements: readonly Requirement[] = [...loading, ...stepping, ...values]
