/** What blocks do that ask, in Python. */
export const askingPython = `
import asyncio
import threading
import rumi_capability
import rumi_syscall

def run(request, context):
    return globals()[request["do"]](request, context)

def call(request, context):
    return rumi_capability.call(*request["arguments"])

def sizes(request, context):
    answer = rumi_capability.call("size", {"text": "x" * request["ask"], "answer": request["answer"]})
    return len(answer["output"])

def several(request, context):
    answers = [None] * request["count"]
    def one(number):
        print("asking", number)
        answers[number] = rumi_capability.call("echo", {"number": number})["output"]["args"]["number"]
    threading.stack_size(1 << 18)
    threads = [threading.Thread(target=one, args=(number,)) for number in range(request["count"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

async def _gather(count):
    asked = (asyncio.to_thread(rumi_capability.call, "echo", {"number": number}) for number in range(count))
    return [answer["output"]["args"]["number"] for answer in await asyncio.gather(*asked)]

def gathered(request, context):
    return _gather(request["count"])

def leave(request, context):
    threading.Thread(target=rumi_capability.call, args=("left", {}), daemon=True).start()
    rumi_capability.call("wait", {})
    return "left"

def http(request, context):
    return [
        rumi_syscall.http_request("OPTIONS", "https://a.example/", headers={"A": "b"}, body="text", timeout_seconds=1.5),
        rumi_syscall.http_request("POST", "https://a.example/", body=b"\\x00\\xff"),
        rumi_syscall.get("https://a.example/?q=1", headers={"A": "b"}, timeout_seconds=2.0),
        rumi_syscall.post("https://a.example/", "text"),
        rumi_syscall.post_json("https://a.example/", {"a": ["日本"]}),
        rumi_syscall.post_json("https://a.example/", 1, headers={"content-type": "application/vnd.a+json"}),
        rumi_syscall.put("https://a.example/", "text"),
        rumi_syscall.delete("https://a.example/"),
        rumi_syscall.patch("https://a.example/", "text"),
        rumi_syscall.head("https://a.example/"),
        context["http_request"](method="GET", url="https://a.example/", timeout_seconds=3.0),
    ]

def check(request, context):
    return [context["network_check"]("a.example", 8443), context["network_check"]("a.example")]

def unsaid(request, context):
    deep = []
    for _ in range(70):
        deep = [deep]
    loop = []
    loop.append(loop)
    strange = [{1}, float("nan"), float("inf"), "\\ud800", 10**400, deep, loop, {1: 1, "1": 1}, {(1, 2): 3}, b"x", "x" * (5 << 20)]
    return {
        "capability": [rumi_capability.call("a", {"value": value}) for value in strange],
        "http": [
            rumi_syscall.post("https://a.example/", {"a": 1}),
            rumi_syscall.post_json("https://a.example/", {1}),
            rumi_syscall.get("https://a.example/", headers=5),
            rumi_syscall.get({1}),
        ],
        "check": [context["network_check"]({1}, 443)],
    }
`
/** The same for Node. */
export const askingScript = `
import { capability, http as web } from '@rumi/pack-sdk'

export const run = (request, context) => blocks[request.do](request, context)
const echo = async (number) => {
  console.log('asking', number)
  return (await capability.call('echo', { number })).output.args.number
}
const numbers = (count) => Array.from({ length: count }, (_, number) => number)
const blocks = {
  call: ({ arguments: given }) => {
    const [permissionId, args, timeoutSeconds, requestId] = given
    return capability.call(permissionId, args, { timeoutSeconds, requestId })
  },
  sizes: async ({ ask, answer }) => (await capability.call('size', { text: 'x'.repeat(ask), answer })).output.length,
  several: ({ count }) => Promise.all(numbers(count).map(echo)),
  gathered: ({ count }) => Promise.all(numbers(count).map(echo)),
  busy: async () => {
    const answer = capability.call('a')
    await new Promise((resolve) => setTimeout(resolve, 1)) // the question has left
    for (const end = Date.now() + 150; Date.now() < end; );
    return (await answer).output.length
  },
  leave: async () => {
    void capability.call('left')
    await capability.call('wait', {})
    return 'left'
  },
  http: (_, context) => Promise.all([
    web.request({ method: 'OPTIONS', url: 'https://a.example/', headers: { A: 'b' }, body: 'text', timeout_seconds: 1.5 }),
    web.request({ method: 'POST', url: 'https://a.example/', body: new Uint8Array([0, 255]) }),
    web.get('https://a.example/?q=1', { headers: { A: 'b' }, timeout_seconds: 2 }),
    web.post('https://a.example/', 'text'),
    web.postJson('https://a.example/', { a: ['日本'] }),
    web.postJson('https://a.example/', 1, { headers: { 'content-type': 'application/vnd.a+json' } }),
    web.put('https://a.example/', 'text'),
    web.delete('https://a.example/'),
    web.patch('https://a.example/', 'text'),
    web.head('https://a.example/'),
    context.http_request({ method: 'GET', url: 'https://a.example/', timeout_seconds: 3 }),
  ]),
  check: async (_, context) => [await context.network_check('a.example', 8443), await context.network_check('a.example')],
  unsaid: async (_, context) => {
    let deep = []
    for (let level = 0; level < 70; level += 1) deep = [deep]
    const loop = []
    loop.push(loop)
    const strange = [1n, NaN, Infinity, '\\ud800', { '\\udc00': 1 }, deep, loop, () => 1, Symbol('a'), 'x'.repeat(5 << 20)]
    return {
      capability: await Promise.all(strange.map((value) => capability.call('a', { value }))),
      http: await Promise.all([
        web.post('https://a.example/', { a: 1 }),
        web.postJson('https://a.example/', 1n),
        web.postJson('https://a.example/', undefined),
        web.get('https://a.example/', { headers: { a: 1n } }),
      ]),
      check: [await context.network_check(1n, 443)],
    }
  },
}
`
