import type { Requirement } from './requirement.ts'

const calls = 'tests/gate/calls.test.ts'
const egress = 'tests/gate/egress.test.ts'
const grants = 'tests/gate/grants.test.ts'
const handlers = 'tests/gate/handlers.test.ts'
const secrets = 'tests/gate/secrets.test.ts'
const crash = 'tests/crash/gate.test.ts'
const asking = 'packages/drivers/src/sandbox/asking.test.ts'
const hostile = 'packages/drivers/src/sandbox/asking-hostile.test.ts'
const book = 'packages/app/src/library/grant-book.test.ts'
const laws = 'packages/kernel/src/grant/laws.test.ts'
const gate = 'packages/kernel/src/gate/gate.test.ts'
const denial = 'packages/kernel/src/gate/denial.test.ts'
const commands = 'tests/scenarios/gate-commands.test.ts'

/** Promises about what blocks may ask the host, and who says so. */
const capabilities: readonly Requirement[] = [
  {
    id: 'CAPAB-1',
    promise: 'A block asks in Python and TypeScript by a module, or by its context, and gets the documented answers.',
    source: 'pack-development §rumi_capability; PACKS §What a block may ask for',
    proof: [
      `${asking} › is told what the host answers, unchanged`,
      `${asking} › sends requests as the documented messages, and gets every field of an answer`,
      `${egress} › reaches a host that it was granted, in every way to say so`,
      'packages/drivers/src/sandbox/sdk-types.test.ts › what authors see in the types is what a block gets',
    ],
  },
  {
    id: 'CAPAB-2',
    promise:
      'A call is parsed, then trust, grants of the principal and every ancestor and rate are asked, then it runs.',
    source: 'roadmap §5.6',
    proof: [
      `${gate} › is read, then asked about, then granted, limited and paid for, and only then run`,
      `${gate} › needs the grant of the principal and of every ancestor, and reaches as far as all of them`,
    ],
  },
  {
    id: 'CAPAB-3',
    promise: 'Who asks is known from the channel; what a message says about it has no effect and is recorded.',
    source: 'threat model IPC-01',
    proof: [
      `${calls} › IPC-01: is who the channel says, whatever it says itself`,
      `${denial} › counts for nothing and is recorded once a call: %j %j`,
    ],
  },
  {
    id: 'CAPAB-4',
    promise: 'A denial is one text for the pack, and is on the ledger with its reason before the pack reads it.',
    source: 'threat model CAP-01, AUD-01, I3',
    proof: [
      `${grants} › CAP-01: without a grant is denied in one text, whatever the reason; the ledger has the reason`,
      `${denial} › is durable before the block hears of it`,
      `${crash} › AUD-01: a denial is on the ledger when its block reads it, also when the kernel is killed in that moment`,
    ],
  },
  {
    id: 'CAPAB-5',
    promise: 'Whoever reads the list of denials can make a failing pack work, with the least grant.',
    source: 'OPERATIONS §Denials',
    proof: [
      `${commands} › makes a failing pack work with the commands that it prints, and with the least grant`,
      `${laws} › suggests exactly what makes the use possible: all of it suffices, and none of it can be left out`,
    ],
  },
  {
    id: 'CAPAB-6',
    promise: 'A block that forges messages, asks without end or brings modules of its own harms nobody but itself.',
    source: 'threat model IPC-02, IPC-03, IPC-05, AUD-11',
    proof: [
      `${calls} › is ended when it forges a frame %s, and the next one is served`,
      `${calls} › hears only itself when it brings a module of its own under our name`,
      `${calls} › asks a thousand times at once, in order and without harm to anybody`,
      `${calls} › asks nothing any more when it has answered, whether its process ends or not`,
      `${hostile} › IPC-05: is ended for %s, and nobody after it is harmed`,
      `${hostile} › IPC-03: cannot ask in the name of a call beside it or after it`,
    ],
  },
  {
    id: 'CAPAB-7',
    promise:
      'Whatever a kernel acknowledged of stores, grants and secrets is there after it was killed, and nothing half.',
    source: 'threat model STO-01, I4',
    proof: `${crash} › STO-01: a kernel that is killed while packs write and grants and secrets change loses nothing it acknowledged and leaves nothing half done`,
  },
  {
    id: 'CAPAB-8',
    promise: 'A pack runs only the flows that its grant names, ten deep and never in a circle, each for its own pack.',
    source: 'pack-development §flow.run; threat model IPC-06',
    proof: [
      `${calls} › IPC-06: is not one that is running above it`,
      `${calls} › IPC-06: is at most ten deep`,
      `${calls} › is one that the grant names, and acts for its own pack`,
    ],
  },
]

/** Promises about what a pack may bring that has no effect. */
const unused: readonly Requirement[] = [
  {
    id: 'UNUSED-1',
    promise: 'Modifiers and lock files of a pack have no effect: no step, no flow, no file, no connection.',
    source: 'threat model CAP-15, CAP-19',
    proof: [
      'tests/gate/not-used.test.ts › CAP-15: modifiers put no step into a flow of another pack, nor make a flow',
      'tests/gate/not-used.test.ts › CAP-19: a lock file installs nothing: no query, no connection, no file, nothing to import',
    ],
  },
]

/** Promises about grants and trust. */
const permissions: readonly Requirement[] = [
  {
    id: 'GRANT-1',
    promise: 'A child never reaches further than its parent, and a list that is missing or empty allows nothing.',
    source: 'roadmap §5.6; threat model CAP-06, CAP-10',
    proof: [
      `${laws} › never lets a child reach further than its parent`,
      `${laws} › agrees with the naive rule: every level counts, and permits`,
      `${grants} › CAP-06: of secrets that names none gives none, and "*" is refused`,
      `${grants} › CAP-10: uses no store under a grant that names none, or another one`,
    ],
  },
  {
    id: 'GRANT-2',
    promise: 'A grant that somebody changed, copied or put back while nobody looked is none, and the ledger says why.',
    source: 'threat model CAP-03, EGR-23, I5',
    proof: [
      `${grants} › CAP-03, EGR-23, STO-11: that was touched while the system was off is none, and the ledger says how`,
      `${book} › is no grant when any one bit of its signature differs`,
      `${book} › is no grant after it was replaced or revoked, and then put back`,
    ],
  },
  {
    id: 'GRANT-3',
    promise: 'When a revocation is answered, what ran of the pack has ended, and what is warm has no rights.',
    source: 'threat model IPC-10',
    proof: `${grants} › IPC-10: ends what runs of the pack before it is told to be taken back, and a warm worker has no rights after it`,
  },
  {
    id: 'GRANT-4',
    promise: 'A pack that is removed takes its grants with it, and comes back without them.',
    source: 'threat model OPS-04',
    proof: `${grants} › OPS-04: is gone with its pack, in the same step, and does not come back with it`,
  },
  {
    id: 'GRANT-5',
    promise: 'A grant may be for a number of uses, which are spent before anything is done, and exactly as many.',
    source: 'OPERATIONS §Grants',
    proof: [
      `${book} › is given %i times and no more, however many ask at once`,
      `${book} › is spent before it is given, on every level that counts`,
    ],
  },
  {
    id: 'GRANT-6',
    promise: 'Up to fifty grants are made at once, best effort.',
    source: 'operations §Grants',
    proof: [`${book} › grants what it can`, `${book} › of 51 grants nothing`],
  },
  {
    id: 'GRANT-7',
    promise: 'A clock that is set back makes no grant valid again; one set forward harms no grant without an end.',
    source: 'threat model STO-13',
    proof: [
      `${book} › back by a year makes no grant valid again that was over, also after a restart`,
      `${book} › forward by ten years ends what has an end and nothing else, and epochs go on in their order`,
    ],
  },
  {
    id: 'TRUST-1',
    promise: 'A handler of a pack is approved by itself, and runs in its own sandbox with its own grants only.',
    source: 'pack-development §Capability Handler',
    proof: [
      `${handlers} › runs in a sandbox of its own: no file of the caller or of the home, no socket`,
      `${handlers} › has its own grants and none of its caller’s`,
      `${handlers} › CAP-01: is denied in the same words without trust, without a grant and without both`,
      `${handlers} › never lead back to one that is at work`,
    ],
  },
  {
    id: 'TRUST-2',
    promise: 'A handler that was changed after it was trusted answers nobody.',
    source: 'threat model CAP-02, I1',
    proof: `${handlers} › CAP-02: answers nobody, in the folder of its pack and in the store of the home`,
  },
  {
    id: 'TRUST-3',
    promise: 'A handler that is rejected waits for an hour; the third time it is blocked until somebody lifts that.',
    source: 'operations §Capability Handler',
    proof:
      'tests/http/capability.test.ts › waits, is rejected for an hour, for good at the third time, and can be unblocked',
  },
  {
    id: 'SEC-7',
    promise: 'A secret that a pack was given is in nothing that is kept or answered, whatever the pack does with it.',
    source: 'threat model AUD-09, I7',
    proof: [
      `${secrets} › AUD-09: reads is in its process and nowhere else: not in its answer, its log, a record, or a file`,
      `${secrets} › AUD-09: was given in another run does not come out either, when its process has lived on`,
      `${handlers} › AUD-09: tells it to nobody: not its caller, not the ledger, no file`,
    ],
  },
  {
    id: 'SEC-8',
    promise: 'A secret in a header reaches the host that the operator bound it to; the pack never sees it.',
    source: 'PACKS §HTTP requests; threat model AUD-09',
    proof: [
      `${secrets} › AUD-09: names in a header reaches the server that it is bound to, and nobody else`,
      `${secrets} › AUD-09: names for another host, another secret or another pack goes nowhere`,
    ],
  },
  {
    id: 'SEC-9',
    promise: 'Secrets that are not there and those that are not allowed are told in the same bytes, sixty in a minute.',
    source: 'threat model CAP-05, CAP-07',
    proof: [
      `${grants} › CAP-05: hears the same bytes of a secret that is not allowed, not there, deleted or no name at all`,
      `${grants} › CAP-07: of secrets is good for sixty calls in a minute, and a clock set back by an hour changes nothing`,
    ],
  },
]

/** Promises about stores, and about the network. */
const places: readonly Requirement[] = [
  {
    id: 'STORE-1',
    promise: 'Keys of stores are data and never paths, and a store lies in no folder.',
    source: 'threat model CAP-09, CAP-13',
    proof: [
      `${calls} › CAP-09: names keys, never paths`,
      `${calls} › CAP-13: is never %j`,
      `${calls} › CAP-13: is no folder, so that a link in its place leads nowhere`,
    ],
  },
  {
    id: 'STORE-2',
    promise: 'A pack uses its own store, those that its grant names, and of other packs only what was shared with it.',
    source: 'pack-development §Store API; threat model CAP-10',
    proof: [
      `${calls} › CAP-10: does not use a store that its grant does not name, nor the store of another pack`,
      "packages/app/src/capabilities/store-access.test.ts › store.%s of another pack's needs both a share and a grant",
      'packages/app/src/library/declared-stores.test.ts › is created as its own, with its approval and in the same write',
    ],
  },
  {
    id: 'STORE-3',
    promise: 'A value has at most 1 MiB, and a store no more than there is room for.',
    source: 'pack-development §Store API; threat model CAP-11',
    proof: [
      `${calls} › CAP-11: puts no more into a store than there is room`,
      `${calls} › is told that 4 MiB of arguments are too much, or too much for a store, and goes on`,
    ],
  },
  {
    id: 'STORE-4',
    promise: 'Of many who exchange a value at once exactly one wins, also when it must not be there yet.',
    source: 'pack-development §Store API',
    proof: [
      'packages/app/src/capabilities/store.test.ts › lets exactly one of many win',
      'packages/app/src/capabilities/store.test.ts › creates only what is not there, and replaces only what is expected',
    ],
  },
  {
    id: 'EGRESS-1',
    promise: 'A host that is not granted is not even looked up, and a denial is one text.',
    source: 'threat model EGR-01, EGR-13',
    proof: [
      `${egress} › EGR-01: a host that is not granted is denied with not one name looked up`,
      `${egress} › EGR-13: only the host that would be connected to counts`,
    ],
  },
  {
    id: 'EGRESS-2',
    promise:
      'No request reaches an address of this machine, its network or a cloud’s own services but by a grant of it.',
    source: 'threat model EGR-03, EGR-04, EGR-05, EGR-07, EGR-08, EGR-20',
    proof: [
      `${egress} › EGR-03: a name under a wildcard is never an address of this machine, however it is written`,
      `${egress} › EGR-04: to an IPv4 address inside of IPv6 is denied, also when it is granted`,
      `${egress} › EGR-05: to a name with one address that is not public is denied; the pack does not learn which`,
      `${egress} › EGR-07: goes to the address that was looked at; a name that changes its mind is not asked a second time`,
      `${egress} › EGR-20: does not come back to this system, by loopback or an address of this machine, whatever is granted`,
      'packages/drivers/src/egress/policy.test.ts › EGR-08: an address in the URL is classified although it is never looked up',
    ],
  },
  {
    id: 'EGRESS-3',
    promise:
      'Each redirect starts again at the top, at most three, and only with headers that say nothing of who asks.',
    source: 'threat model EGR-09',
    proof: [
      `${egress} › EGR-09: is denied when it is led where it may not go, and after three redirects`,
      'packages/drivers/src/egress/redirect.test.ts › EGR-09: %i carries on only headers that say nothing about who asks',
    ],
  },
  {
    id: 'EGRESS-4',
    promise: 'Headers, time, bytes and the number of requests are bounded, whatever a pack or a server does.',
    source: 'threat model EGR-11, EGR-12, EGR-15, EGR-16, EGR-17, EGR-19, EGR-24, EGR-25',
    proof: [
      `${egress} › EGR-11: a header that belongs to the connection is a bad request`,
      `${egress} › EGR-12: what would end a header or a line, and too much of either, is a bad request`,
      `${egress} › EGR-15: has one deadline for all of it, however the server drips`,
      `${egress} › EGR-16: ends at 4 MiB, as it comes and decoded`,
      `${egress} › EGR-19: is one of sixty in a minute; another pack is not harmed`,
      `${egress} › EGR-25: goes past the proxy of the environment`,
      'packages/drivers/src/egress/connection.test.ts › EGR-24: are closed when an answer arrives that nobody asked for',
    ],
  },
  {
    id: 'EGRESS-5',
    promise: 'Of a request method, host, port and sizes are on the ledger, and neither query nor headers nor body.',
    source: 'threat model EGR-21',
    proof: `${egress} › EGR-21: leaves neither query nor header nor body on the ledger, in the audit log or in any file`,
  },
]

/** Promises about the one gate from packs to the world. */
export const gateRequirements: readonly Requirement[] = [...capabilities, ...unused, ...permissions, ...places]
