import type { Requirement } from './requirement.ts'

const bodies = 'tests/http/bodies.test.ts'
const badFlows = 'tests/http/bad-flows.test.ts'
const badBlocks = 'tests/http/bad-blocks.test.ts'
const contract = 'tests/escape/contract.test.ts'
const limits = 'tests/escape/limits.test.ts'
const liveness = 'tests/escape/liveness.test.ts'
const json = 'packages/kernel/src/base/strict-json.test.ts'
const manifest = 'packages/kernel/src/pack/manifest.test.ts'
const document = 'packages/kernel/src/flow/parse/document.test.ts'
const store = 'packages/drivers/src/sql/state-store.test.ts'

/** Promises about input that is broken or hostile: a clear error, and nothing is lost. */
export const badInputRequirements: readonly Requirement[] = [
  {
    id: 'BAD-1',
    promise: 'Broken or hostile YAML is refused with its place, and never throws.',
    source: 'FLOWS §Diagnostics',
    proof: [
      `${badFlows} › that $what is named with its place`,
      `${document} › %j is refused or warned about`,
      `${document} › refuses the alias bomb by its aliases`,
      'packages/kernel/src/flow/parse/flow.test.ts › never throws, and a flow is there exactly when there is no error',
    ],
  },
  {
    id: 'BAD-2',
    promise: 'A body that is no JSON object, no UTF-8, too deep or ambiguous is refused.',
    source: 'http §Every request',
    proof: [
      `${bodies} › is refused: %s`,
      `${json} › has no key twice: %s`,
      `${json} › is exact UTF-8 without %s`,
      `${json} › is nested as deep as allowed and no deeper`,
    ],
  },
  {
    id: 'BAD-3',
    promise: 'A broken ecosystem.json is refused and says where.',
    source: 'PACKS §ecosystem.json',
    proof: [`${manifest} › refuses %s`, `${manifest} › refuses %s and says where`],
  },
  {
    id: 'BAD-4',
    promise: 'Everything that is wrong with a request is named at once, and nothing of it is done.',
    source: 'STYLE §Boundaries: schema first',
    proof: [
      `${bodies} › all faults are named at once`,
      `${bodies} › are refused before anything is decided: %s`,
      'packages/kernel/src/operation/invoke.test.ts › names everything that is wrong with %j, and runs nothing',
    ],
  },
  {
    id: 'BAD-5',
    promise: 'A block that is missing, of an unknown kind or without a function run fails its step with block_missing.',
    source: 'PACKS §Errors',
    proof: [
      `${badBlocks} › that $what fails its step and says why`,
      `${contract} › answers block_missing when there is nothing to call (%s)`,
      'packages/app/src/library/block-resolver.test.ts › is no for the file %j',
    ],
  },
  {
    id: 'BAD-6',
    promise: 'A block that prints without end is ended, and only so much of it is kept.',
    source: 'PACKS §Log; threat model LIM-08',
    proof: [
      `${badBlocks} › that $what fails its step and says why`,
      `${limits} › LIM-08: is killed at the limit, and only so much is kept (%s, %s, %o)`,
    ],
  },
  {
    id: 'BAD-7',
    promise: 'A block that forks for ever is ended, and nothing of it is left.',
    source: 'threat model LIM-03',
    proof: [
      `${badBlocks} › that $what fails its step and says why`,
      `${badBlocks} › leaves no process behind`,
      `${limits} › LIM-03: gets nothing but its deadline for a fork bomb, and nothing of it is left`,
    ],
  },
  {
    id: 'BAD-8',
    promise: 'A block that ignores every signal is ended all the same.',
    source: 'threat model LIM-01',
    proof: [
      `${badBlocks} › that $what fails its step and says why`,
      `${liveness} › LIM-01: is gone at its deadline, whatever it ignores and holds open, when the outcome arrives (%s)`,
    ],
  },
  {
    id: 'BAD-9',
    promise: 'What a block returns is JSON within the limit or an error that says why; nothing at all is null.',
    source: 'PACKS §Return value',
    proof: [
      `${contract} › comes to what it must (%s, %s)`,
      `${badBlocks} › that $what fails its step and says why`,
      `${badBlocks} › is not one that returns nothing: %s`,
    ],
  },
  {
    id: 'BAD-10',
    promise: 'A block that raises is told by file, line, type and text, without a path of the machine.',
    source: 'PACKS §Errors',
    proof: [
      `${contract} › says what went wrong, and in which line of which file (%s)`,
      `${badBlocks} › that $what fails its step and says why`,
    ],
  },
  {
    id: 'BAD-11',
    promise: 'A bad block harms neither the next one nor the server nor the ledger.',
    source: 'roadmap §1.3',
    proof: [
      `${badBlocks} › does no harm to the next one, to the server or to the ledger`,
      `${contract} › does no harm to the next one`,
    ],
  },
  {
    id: 'BAD-12',
    promise: 'A request of 100 MB is refused without being read.',
    source: 'threat model HTTP-06',
    proof: `${bodies} › %s is not read to its end`,
  },
  {
    id: 'BAD-13',
    promise: 'Half a request is told so and changes nothing; what is no HTTP is refused in the words of every refusal.',
    source: 'threat model HTTP-06',
    proof: [
      'tests/http/slow-clients.test.ts › and %s is told so and loses the connection',
      'tests/http/slow-clients.test.ts › has not run the operation',
      `${bodies} › is refused in the words of every refusal: %s`,
    ],
  },
  {
    id: 'BAD-14',
    promise: 'A kernel that is killed at any moment keeps all it acknowledged and leaves nothing half done or running.',
    source: 'ARCHITECTURE §What is durable when; threat model I4',
    proof:
      'tests/crash/kill.test.ts › STO-02, STO-03: a kernel that is killed at any moment loses nothing it acknowledged and leaves nothing half done or running',
  },
  {
    id: 'BAD-15',
    promise: 'Names such as __proto__ are data or refused, wherever they come from, and change no prototype.',
    source: 'STYLE §Boundaries: schema first',
    proof: [
      `${bodies} › are refused: %s`,
      `${bodies} › are data, whatever their names: %j`,
      `${document} › keeps "__proto__" as data and gives no object another prototype`,
      'tests/escape/channel.test.ts › pollutes no prototype by its answer',
    ],
  },
  {
    id: 'BAD-16',
    promise: 'A database that is damaged is refused, and rubbish behind its last write does it no harm.',
    source: 'OPERATIONS §Trouble',
    proof: [
      `${store} › that is no database is refused as damaged`,
      `${store} › whose schema is destroyed is refused as damaged`,
      `${store} › survives rubbish behind its last write, as a machine that loses power leaves it`,
    ],
  },
]
