import { ask, NotAsked } from './question.mjs'

/** HTTP through the host, which is the only way out. The types are in src/index.ts. */
export const http = Object.freeze({
  request,
  get: (url, options) => request({ ...options, method: 'GET', url }),
  post: (url, body, options) => request({ ...options, method: 'POST', url, body }),
  postJson,
  put: (url, body, options) => request({ ...options, method: 'PUT', url, body }),
  delete: (url, options) => request({ ...options, method: 'DELETE', url }),
  patch: (url, body, options) => request({ ...options, method: 'PATCH', url, body }),
  head: (url, options) => request({ ...options, method: 'HEAD', url }),
})

/** Whether a connection would be allowed. Connects to nothing. */
export async function checkNetwork(domain, port = 443) {
  const answer = await askOr({ kind: 'network_check', domain, port }, (error) => ({ error: error.message }))
  // Whatever went wrong: a block that looks only at `allowed` must not take it for a yes.
  return { allowed: false, reason: answer.error ?? '', ...answer }
}

async function request({ method = 'GET', url = '', headers, body = null, timeout_seconds = 30 } = {}) {
  const message = { kind: 'http', method, url, headers: headers ?? {}, body: null, timeout_seconds }
  if (ArrayBuffer.isView(body)) {
    message.body_base64 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64')
  } else if (body === null || typeof body === 'string') {
    message.body = body
  } else {
    return failure(url, 'the body must be a string or bytes; to send JSON use http.postJson(url, data)', 'bad_request')
  }
  const answer = await askOr(message, (error) =>
    failure(url, error.message, error.invalid ? 'bad_request' : 'internal_error'),
  )
  return { ...failure(url, null, null), ...answer }
}

async function postJson(url, data, options = {}) {
  let body
  try {
    body = JSON.stringify(data)
  } catch (error) {
    return failure(url, `this is not JSON: ${error instanceof Error ? error.message : error}`, 'bad_request')
  }
  if (body === undefined) return failure(url, `this is not JSON: ${typeof data}`, 'bad_request')
  const isNamed = Object.keys(options.headers ?? {}).some((name) => name.toLowerCase() === 'content-type')
  const headers = { ...options.headers, ...(isNamed ? {} : { 'Content-Type': 'application/json' }) }
  return request({ ...options, method: 'POST', url, headers, body })
}

async function askOr(message, explain) {
  try {
    return await ask(message)
  } catch (error) {
    if (error instanceof NotAsked) return explain(error)
    throw error
  }
}

function failure(url, error, error_type) {
  const answer = { success: false, status_code: 0, headers: {}, body: '', error, error_type }
  const final_url = typeof url === 'string' ? url : ''
  return { ...answer, latency_ms: 0, redirect_hops: 0, bytes_read: 0, final_url }
}
