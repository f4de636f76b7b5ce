import type { Requirement } from './requirement.ts'

const channel = 'tests/escape/channel.test.ts'
const contract = 'tests/escape/contract.test.ts'
const files = 'tests/escape/files.test.ts'
const identity = 'tests/escape/identity.test.ts'
const isolation = 'tests/escape/isolation.test.ts'
const limits = 'tests/escape/limits.test.ts'
const liveness = 'tests/escape/liveness.test.ts'
const mutations = 'tests/escape/mutations.test.ts'
const network = 'tests/escape/network.test.ts'
const calls = 'tests/escape/system-calls.test.ts'
const unavailable = 'tests/escape/unavailable.test.ts'
const filter = 'packages/drivers/src/sandbox/seccomp/filter.test.ts'
const seccomp = 'packages/drivers/src/sandbox/seccomp/seccomp.test.ts'
const modes = 'tests/http/modes.test.ts'
const blocks = 'tests/http/blocks.test.ts'

/** Promises about what a block cannot reach. */
const walls: readonly Requirement[] = [
  {
    id: 'SBX-1',
    promise: 'No process of a sandbox is root on this machine, and a block has no capability there.',
    source: 'threat model SBX-29',
    proof: `${identity} › SBX-29: is a user without rights on this machine, never its root ($isolation $file)`,
  },
  {
    id: 'SBX-2',
    promise: 'Where there are users to spare, every pack is a user of its own.',
    source: 'OPERATIONS §Start and stop; threat model SBX-29',
    proof: `${identity} › SBX-29: is another user for another pack, where there are users to spare`,
  },
  {
    id: 'SBX-3',
    promise: 'A block sees no file, device or control group of the machine.',
    source: 'PACKS §What a block sees; threat model SBX-01, SBX-03, SBX-06',
    proof: [
      `${files} › SBX-01: sees no file of the host`,
      `${files} › SBX-03: sees no device and no control group of the machine`,
      `${files} › SBX-06: reaches nothing of the host through a link it makes`,
    ],
  },
  {
    id: 'SBX-4',
    promise: 'A block has no /proc to learn or change anything of the machine.',
    source: 'PACKS §What a block sees; threat model SBX-02',
    proof: `${files} › SBX-02: has no /proc to learn or change anything of the machine`,
  },
  {
    id: 'SBX-5',
    promise: 'A block writes to its own small /tmp and to nothing else: not to its pack, not to its interpreter.',
    source: 'threat model SBX-05, SBX-33, SBX-34',
    proof: [
      `${files} › SBX-05: cannot change its own pack, its interpreter or our files`,
      `${files} › SBX-33: cannot fill /dev, / or more of /tmp and /dev/shm than it may`,
      `${files} › SBX-34: cannot take a hard link of a file out of its read-only file system`,
    ],
  },
  {
    id: 'SBX-6',
    promise: 'A block has no network, not even to this machine, and finds no socket of it.',
    source: 'roadmap §1.2; pack-development §Network access; threat model SBX-07 to SBX-11',
    proof: [
      `${network} › SBX-07: has no network, not even to this machine`,
      `${network} › SBX-09: does not find an abstract socket of the host`,
      `${network} › SBX-10: does not find the sockets of Docker, D-Bus, X11 or another pack`,
      `${network} › SBX-11: resolves no name`,
      `${network} › the host would have accepted these connections`,
      `${calls} › SBX-07: makes no socket but local ones, AF_VSOCK, netlink and the kernel’s cryptography included`,
    ],
  },
  {
    id: 'SBX-7',
    promise: 'A block may make the system calls of a list and no others.',
    source: 'threat model SBX-13 to SBX-25',
    proof: [
      `${calls} › SBX-13: has no clone3, whose flags no filter can see`,
      `${calls} › SBX-14: is refused the calls that reach deep into the kernel`,
      `${calls} › SBX-14: makes no namespace and mounts nothing`,
      `${calls} › SBX-15: reads and steers no other process`,
      `${calls} › SBX-17: finds calls that nobody knows yet to be missing`,
      `${calls} › SBX-18: types into no terminal`,
      `${calls} › SBX-19: keeps its addresses random`,
      `${calls} › SBX-21: makes no device and no named pipe`,
      `${calls} › SBX-25: raises neither its priority nor its limits`,
      `${filter} › decides every known call as the rule table says, whatever the arguments`,
      `${filter} › kills a process that calls through another ABI`,
      `${seccomp} › answers every attack as the policy says, loaded %s`,
      `${seccomp} › is what stops the attacks: without it the sandbox lets these through`,
    ],
  },
  {
    id: 'SBX-8',
    promise:
      'A block begins with four variables of its own and nothing of the environment of the system or of its pack.',
    source: 'threat model SBX-23, SBX-26, SBX-27',
    proof: [
      `${files} › SBX-23: hold nothing of the environment the kernel was started with`,
      'tests/escape/launcher.test.ts › SBX-23: the launcher of a sandbox has no environment either, so that nothing on the way can pass it on',
      `${files} › SBX-26: gets no environment and no start-up code in by its files (%s)`,
      `${files} › SBX-27: hold no package and no start-up file of the host`,
    ],
  },
  {
    id: 'SBX-9',
    promise: 'A block has no open file but its streams and its channel, whatever the system was started with.',
    source: 'threat model SBX-22',
    proof: [
      `${identity} › SBX-22: are 0, 1, 2 and the channel, even when the kernel was started with a secret file open`,
      `${identity} › SBX-22: would include that file if the kernel did not close what it inherits`,
      'packages/drivers/src/system/inherited-descriptors.test.ts › are closed, so that no block can read from them',
    ],
  },
]

/** Promises about what a block cannot use up, and about its end. */
const bounds: readonly Requirement[] = [
  {
    id: 'SBX-10',
    promise: 'A block starts no more processes and threads than it may, and nothing of a fork bomb is left.',
    source: 'PACKS §Limits; threat model LIM-03, LIM-04',
    proof: [
      `${limits} › LIM-03: starts no more processes than it may`,
      `${limits} › LIM-03: gets nothing but its deadline for a fork bomb, and nothing of it is left`,
      `${limits} › LIM-04: starts no more threads than it may, and enough of them to work with`,
    ],
  },
  {
    id: 'SBX-11',
    promise: 'A block that wants all memory is ended and called out of memory; other packs go on.',
    source: 'PACKS §Limits',
    proof: [
      `${limits} › answers oom when %s takes %s without end`,
      `${limits} › ends with the call, and the next call of the same pack and of another one works`,
    ],
  },
  {
    id: 'SBX-12',
    promise: 'A block has a share of the processors and a bound of processor time.',
    source: 'PACKS §Limits; threat model LIM-05, LIM-13',
    proof: [
      `${limits} › LIM-05: are shared out by a quota where this machine has control groups, and counted down where it has none`,
      `${limits} › LIM-13: is ended when it has used up its processor time, long before its deadline`,
    ],
  },
  {
    id: 'SBX-13',
    promise: 'Open files, sizes of files, printed text and answers of a block are bounded.',
    source: 'roadmap §5.8 #14; PACKS §Limits; threat model LIM-08, LIM-11, LIM-12',
    proof: [
      `${limits} › LIM-08: is killed at the limit, and only so much is kept (%s, %s, %o)`,
      `${limits} › LIM-11: opens no more files than it may`,
      `${limits} › LIM-12: writes no larger file than it may`,
      `${contract} › may be as large as the limit and no larger`,
      'packages/kernel/src/sandbox/runtime.test.ts › bound everything: no limit is absent, zero or infinite',
    ],
  },
  {
    id: 'SBX-14',
    promise: 'A block is gone at its deadline, whatever it ignores, and its daemons with it.',
    source: 'roadmap §5.8 #4; threat model LIM-01, LIM-07, LIM-17',
    proof: [
      `${liveness} › LIM-01: is gone at its deadline, whatever it ignores and holds open, when the outcome arrives (%s)`,
      `${liveness} › LIM-07: takes its daemons with it at its deadline`,
      `${liveness} › LIM-07: leaves no daemon behind (%s, %s)`,
      `${liveness} › LIM-17: is not heard when it answers after its deadline, and neither is anybody after it`,
    ],
  },
  {
    id: 'SBX-15',
    promise: 'A kernel that is killed leaves no process of a block behind.',
    source: 'threat model LIM-16',
    proof: [
      `${liveness} › LIM-16: leaves no process behind, not even those that left its session, and the next one its groups`,
      `${calls} › LIM-16: cannot arrange to outlive the kernel that started it`,
    ],
  },
  {
    id: 'SBX-16',
    promise:
      'A pack that is called without end gets a bounded number of workers and waiting calls; other packs still answer.',
    source: 'PACKS §Errors; threat model LIM-15',
    proof: [
      `${liveness} › LIM-15: gets a bounded number of workers and of waiting calls; another pack still answers`,
      `${liveness} › LIM-15: gets a bounded number of Node processes`,
    ],
  },
  {
    id: 'SBX-17',
    promise: 'A fresh call, which is the default, finds nothing that an earlier or a simultaneous call left.',
    source: 'PACKS §ecosystem.json; threat model IPC-07',
    proof: [
      'packages/kernel/src/pack/manifest.test.ts › reads the documented minimal manifest',
      `${isolation} › IPC-07: is not there for the next fresh call`,
      `${isolation} › IPC-07: is not there for a fresh call at the same time`,
      `${isolation} › IPC-07: do not meet by a %s`,
      `${isolation} › IPC-07: holds nothing of an earlier call for a later one to find`,
    ],
  },
  {
    id: 'SBX-18',
    promise:
      'A pack is kept warm only when its approved manifest says so, and shares its worker with no other pack or tree.',
    source: 'PACKS §ecosystem.json; threat model IPC-07, IPC-10',
    proof: [
      `${blocks} › is kept warm when its approved manifest asks for it, and the journal says so`,
      'packages/app/src/library/pack-library.test.ts › is isolated as its approved bytes say, whatever the folder says now',
      `${isolation} › IPC-07: is there for the next call of a warm worker, as the pack was approved for`,
      `${isolation} › IPC-07: is not there for the warm worker of another pack, of another tree, or after an eviction`,
      `${channel} › IPC-10: is gone when evict resolves, and its calls are answered only then`,
      `${channel} › IPC-10: is another one for another tree of the same pack`,
    ],
  },
  {
    id: 'SBX-19',
    promise: 'A message on the channel is bounded by its header, before a byte of its body is awaited.',
    source: 'protocols/channel; threat model LIM-09',
    proof: [
      'packages/drivers/src/channel/frame.test.ts › LIM-09: refuses an announced length above the bound before the body arrives, and nothing after it',
      `${channel} › LIM-09: is ended for a length of %d, before a byte of the body is awaited`,
      `${channel} › LIM-09: is ended at its deadline when the rest of a frame does not come`,
    ],
  },
  {
    id: 'SBX-20',
    promise: 'A block answers for its own call only, once, and cannot claim what the kernel alone decides.',
    source: 'threat model IPC-02, IPC-03, IPC-05',
    proof: [
      `${channel} › IPC-02: gains nothing by a second answer: the next call gets its own`,
      `${channel} › IPC-02: gains nothing by an answer to a call that is still to come`,
      `${channel} › IPC-03: cannot answer for a call that runs beside it`,
      `${channel} › IPC-05: gets bad_output for an answer that is %s`,
      `${channel} › cannot claim %s, which only the kernel decides`,
    ],
  },
  {
    id: 'SBX-21',
    promise: 'For whom a block acts is what the kernel says, whatever the payload says.',
    source: 'pack-development §Notes; threat model I2, IPC-01',
    proof: `${channel} › IPC-01: comes from the kernel, whatever the payload says (%s)`,
  },
  {
    id: 'SBX-22',
    promise: 'Descriptors that a block sends along its channel reach nobody.',
    source: 'threat model IPC-09',
    proof: `${channel} › IPC-09: reach nobody`,
  },
]

/** Promises about modes and about what an author may rely on. */
const contracts: readonly Requirement[] = [
  {
    id: 'SBX-23',
    promise: 'The sandbox is tried by real attacks in workers of both runtimes, and the doctor tells how it did.',
    source: 'ARCHITECTURE §How a block runs; OPERATIONS §Start and stop',
    proof: [
      `${modes} › tries the attacks of the self-test in real workers of both runtimes`,
      `${modes} › is told by the doctor, with what to do`,
    ],
  },
  {
    id: 'SBX-24',
    promise:
      'Without a sandbox that passed its self-test a strict system runs no block at all, and does everything else.',
    source: 'operations §Security modes; threat model I6, SBX-30',
    proof: [
      `${unavailable} › SBX-30: the self-test fails, every execution is refused, and nothing has run on the host`,
      `${unavailable} › SBX-30: only its blocks are refused`,
      `${modes} › runs no block of an approved pack, and says why: %s`,
      `${modes} › does everything else`,
    ],
  },
  {
    id: 'SBX-25',
    promise: 'A permissive system warns at its start, and marks what ran on the host in the journal and on the ledger.',
    source: 'operations §Security modes',
    proof: [
      `${modes} › runs blocks on the host, and marks each of them so in the journal and on the ledger`,
      'tests/scenarios/commands.test.ts › without a sandbox warns of it where nobody overlooks it',
    ],
  },
  {
    id: 'SBX-26',
    promise: 'A permissive system asks for approval as a strict one does.',
    source: 'original README §Security',
    proof: `${modes} › runs no block of a pack that nobody approved either`,
  },
  {
    id: 'SBX-27',
    promise:
      'A Python block is a function run of one or two arguments, plain or asynchronous, that gives JSON for JSON.',
    source: 'pack-development §Blocks',
    proof: [
      `${contract} › gets its input as it was sent and answers in kind, whatever characters it holds (%s, %s)`,
      `${contract} › may take no argument, be asynchronous, or give its answer in parts`,
      `${blocks} › runs by the ending of its file: %s`,
    ],
  },
  {
    id: 'SBX-28',
    promise: 'A TypeScript block exports a function run, with types from the pack SDK, and runs as it is written.',
    source: 'PACKS §Blocks',
    proof: [
      `${blocks} › runs by the ending of its file: %s`,
      `${contract} › may be TypeScript, and may be part of a default export`,
      'tests/scenarios/cli.test.ts › takes an operator from an empty folder to a verified ledger',
    ],
  },
  {
    id: 'SBX-29',
    promise: 'The context of a block names its flow, step, phase, time and pack, holds its inputs and two functions.',
    source: 'pack-development §Blocks',
    proof: [
      `${contract} › gets the context with its input and two functions (%s)`,
      'packages/kernel/src/run/runner.test.ts › carries what was decided and what the step says, and nothing more',
    ],
  },
  {
    id: 'SBX-30',
    promise: 'A block that asks for the network without a grant is told no in the form of an answer.',
    source: 'pack-development §Network access',
    proof: `${blocks} › is told by its context that there is no network, in the form of an answer`,
  },
  {
    id: 'SBX-31',
    promise: 'What a block prints is the log of its own call and no part of its answer.',
    source: 'PACKS §Log',
    proof: [
      `${contract} › prints to the log, and the log is no part of its answer (%s)`,
      `${contract} › has its log for itself when calls run beside each other`,
      `${contract} › has its log for itself when it is warm`,
    ],
  },
  {
    id: 'SBX-32',
    promise: 'A trick of a block against the code around it harms at most its own call.',
    source: 'threat model §Against the kernel and other packs',
    proof: 'tests/escape/author.test.ts › harms nobody but its own call (%s, %s)',
  },
  {
    id: 'SBX-33',
    promise:
      'Each protection of the sandbox is what stops its attack: without it the attack succeeds, and a test fails.',
    source: 'STYLE §Tests',
    proof: [
      `${mutations} › $protection is what stops the attack`,
      `${mutations} › the filter is what stops the attacks on the machine (%s)`,
      `${mutations} › the change of user is what keeps a sandbox from being root of this machine`,
      `${mutations} › the empty environment and the missing /proc are what keep the kernel’s secrets`,
    ],
  },
]

/** Promises about the sandbox and the contract of blocks. The attack ids in titles are those of the threat model. */
export const sandboxRequirements: readonly Requirement[] = [...walls, ...bounds, ...contracts]
