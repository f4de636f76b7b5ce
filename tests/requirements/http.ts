import type { Requirement } from './requirement.ts'

const contract = 'tests/http/contract.test.ts'
const document = 'tests/http/document.test.ts'
const guard = 'tests/http/guard.test.ts'
const bodies = 'tests/http/bodies.test.ts'
const requests = 'tests/http/requests.test.ts'
const slow = 'tests/http/slow-clients.test.ts'
const reply = 'packages/app/src/http/reply.test.ts'
const scenario = 'tests/scenarios/http.test.ts'

/** Promises about the HTTP API. */
export const httpRequirements: readonly Requirement[] = [
  {
    id: 'HTTP-1',
    promise: 'Packs and flows are listed, scanned, approved, rejected, removed and run under the documented paths.',
    source: 'operations §HTTP API',
    proof: [
      `${contract} › %s is what its schema says, and nothing more`,
      `${contract} › is tried for every operation; a cancelled run is tried with the runs`,
      `${document} › has a section for every operation and none for anything else`,
      `${document} › $place is described with every member of its input and output`,
    ],
  },
  {
    id: 'HTTP-2',
    promise: 'Every path but the health check needs the token, also one that does not exist.',
    source: 'operations §HTTP API; threat model HTTP-02',
    proof: [
      `${guard} › nothing but the health check is open`,
      `${guard} › $method $path is refused`,
      `${guard} › $method $path is refused to a wrong token`,
      `${guard} › %s is refused like any other`,
    ],
  },
  {
    id: 'HTTP-3',
    promise:
      'Every reply has success, data and error, and a failure has a problem with a code and, where it helps, a hint.',
    source: 'http §Every reply',
    proof: [
      `${contract} › the answer has the one shape and is never a fault of ours`,
      `${reply} › has the value of a success`,
      `${reply} › has the problem of a failure, and no hint when there is none`,
      `${document} › names every problem that the sources know`,
    ],
  },
  {
    id: 'HTTP-4',
    promise:
      'A run is asked for with inputs and a time-out and answers status, result, error, ids and the time it took.',
    source: 'http §Flows and runs',
    proof: [
      `${scenario} › approves what was reviewed, by its hash, and it runs at once in both languages`,
      `${contract} › %s is what its schema says, and nothing more`,
    ],
  },
  {
    id: 'HTTP-5',
    promise: 'A request for a host name that is not ours is refused.',
    source: 'threat model HTTP-03',
    proof: [
      `${guard} › %s is refused, even with the token`,
      `${guard} › none at all and two are refused`,
      `${guard} › the request line may not name %s`,
    ],
  },
  {
    id: 'HTTP-6',
    promise: 'Web pages of others are refused, may read nothing, and can post nothing without asking first.',
    source: 'threat model HTTP-04',
    proof: [
      `${guard} › of the origin %s is refused, even with the token, and gets no permission to read`,
      `${guard} › cannot post %j, the types it may send without asking`,
      `${guard} › finds no reply that a browser would render, keep or frame`,
    ],
  },
  {
    id: 'HTTP-7',
    promise: 'A body is a JSON object of at most 10 MiB; a larger one is not read to its end.',
    source: 'http §Every request; threat model HTTP-06',
    proof: [
      `${bodies} › of 10 MiB is read, and one byte more is not`,
      `${bodies} › %s is not read to its end`,
      `${bodies} › of no bytes means an empty object, with and without a content type`,
    ],
  },
  {
    id: 'HTTP-8',
    promise: 'A request that does not arrive in time loses its connection, runs nothing and keeps nobody else waiting.',
    source: 'http §Every request; threat model HTTP-06',
    proof: [
      `${slow} › and %s is told so and loses the connection`,
      `${slow} › keeps nobody else waiting`,
      `${slow} › has not run the operation`,
    ],
  },
  {
    id: 'HTTP-9',
    promise:
      'The system listens on this machine alone, at 127.0.0.1 unless told otherwise, and on a free port when asked.',
    source: 'roadmap §5.8 #3; OPERATIONS §Environment',
    proof: [
      'packages/app/src/config/settings.test.ts › are safe when nobody says anything',
      'packages/app/src/config/settings.test.ts › stop the start when %s is %j: it must not come to mean the default',
      `${requests} › %s gives a url that answers`,
    ],
  },
  {
    id: 'HTTP-10',
    promise: 'An error shows no stack, path or text of the system’s inside.',
    source: 'roadmap §5.8 #35; threat model HTTP-14',
    proof: [
      `${requests} › shows no text, path or stack of its own, and is handed to whoever records it`,
      'packages/kernel/src/operation/invoke.test.ts › shows nothing of an exception, and gives it to whoever records it',
      'packages/app/src/cli/exception.test.ts › is told by its id alone, and logged as one line with its details',
    ],
  },
  {
    id: 'HTTP-11',
    promise: 'Guessing the token is stopped after ten wrong ones a minute, which locks out nobody who has it.',
    source: 'http §Every request; threat model HTTP-15',
    proof: [
      `${guard} › is stopped after ten wrong ones, and a minute after them it may go on`,
      `${guard} › does not lock out who has the token, nor who asks without one`,
    ],
  },
  {
    id: 'HTTP-12',
    promise: 'A path is read in one way only: nothing climbs out of an id, and what cannot be an id is refused.',
    source: 'http §Every request; threat model HTTP-07',
    proof: [`${requests} › %s is refused`, `${requests} › with a query is read strictly: %s`],
  },
  {
    id: 'HTTP-13',
    promise: 'Many requests at once are answered or told to come back, and the health check answers while blocks spin.',
    source: 'threat model HTTP-12',
    proof: [
      `${requests} › are all answered, or told to come back, and the server goes on`,
      'tests/http/runs.test.ts › the health check answers, one run too many is told to wait, and a cancelled run makes room again',
    ],
  },
  {
    id: 'HTTP-14',
    promise: 'A pack is approved by a request without a body, as the guide shows it.',
    source: 'operations §Pack approval',
    proof: `${scenario} › approves with no body at all, as the guide shows it, and the new files run without a restart`,
  },
  {
    id: 'HTTP-15',
    promise: 'Packs that wait for a decision are listed apart.',
    source: 'operations §Pack approval',
    proof: `${scenario} › finds a new pack as installed, and nothing of it runs`,
  },
]
