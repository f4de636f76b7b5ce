import type { Requirement } from './requirement.ts'

const routes = 'tests/http/routes.test.ts'
const library = 'packages/app/src/routes/route-library.test.ts'

/** Promises about the HTTP endpoints of packs. */
export const routeRequirements: readonly Requirement[] = [
  {
    id: 'ROUTE-1',
    promise: 'The routes of a pack answer as soon as it is approved and not before, and follow every decision.',
    source: 'pack-development §routes.json',
    proof: [
      `${routes} › are shown before it is approved, those outside of its own path as such, and answer nothing`,
      `${routes} › answer as soon as it is approved, and are listed`,
      `${routes} › say why when it was changed, and are gone when it was rejected`,
      `${library} › holds those of approved trees and follows every decision`,
    ],
  },
  {
    id: 'ROUTE-2',
    promise:
      'A flow gets path parameters, query, JSON body, raw body, headers, method and path, and no token of who asks.',
    source: 'pack-development §routes.json',
    proof: [
      `${routes} › give their flow path, query and what the host vouches for, and nothing that proves who asks`,
      `${routes} › take a body of the type "%s"`,
      `${routes} › refuse a body that is %s`,
    ],
  },
  {
    id: 'ROUTE-3',
    promise: 'An exact path goes before one with a parameter, and a value never holds a slash, a zero byte or "..".',
    source: 'pack-development §routes.json; threat model HTTP-07',
    proof: [`${routes} › an exact path goes before one with a parameter`, `${routes} › for %s gets %i`],
  },
  {
    id: 'ROUTE-4',
    promise: 'A route that collides with the system or another pack refuses the approval, with both names.',
    source: 'PACKS §routes.json; threat model HTTP-10',
    proof: [
      `${routes} › %s is not approved, both are named, and nothing is changed`,
      `${routes} › two that exclude each other are not both approved, however close together`,
      `${routes} › a path that was approved with another method is approved, and a path below another pack is no route`,
      `${library} › leaves out what collides among packs that were approved before anybody looked: the first keeps its path`,
    ],
  },
  {
    id: 'ROUTE-5',
    promise: 'A route runs only flows of its own pack, whatever their names say.',
    source: 'pack-development §routes.json',
    proof: `${routes} › whose route %s runs nothing`,
  },
  {
    id: 'ROUTE-6',
    promise: 'A request for a route needs the token, and is refused to other hosts and other web pages.',
    source: 'http §Routes of packs; threat model HTTP-02, HTTP-03, HTTP-04',
    proof: [
      `${routes} › %s is refused like any other`,
      `${routes} › have no method but their own, and no HEAD and OPTIONS`,
    ],
  },
  {
    id: 'ROUTE-7',
    promise: 'A flow may set status, safe headers and body; what is no answer is 502, and no cookie ever goes out.',
    source: 'PACKS §routes.json; threat model HTTP-11',
    proof: [
      `${routes} › sets status, safe headers and body, and the run can be found`,
      `${routes} › to something that is none (%s) is answered 502, which is on the ledger`,
      `${routes} › can begin no other header with one, and the rest is sent`,
      `${routes} › can set no cookie, let in no other page and loosen nothing`,
      `${routes} › behind the back of its declaration changes nothing`,
      `${routes} › does not send back the headers of the request for its own`,
    ],
  },
  {
    id: 'ROUTE-8',
    promise: 'A route runs no longer than it says.',
    source: 'PACKS §routes.json',
    proof: `${routes} › run no longer than they say`,
  },
]
