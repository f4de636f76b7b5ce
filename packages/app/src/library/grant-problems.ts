import type { Problem } from '@rumi/kernel/base'
import { findGrantKeys, hostPermissionIds } from '@rumi/kernel/capability'
import { injectPermission, isBinding, networkPermission, parseNetworkConfig } from '@rumi/kernel/gate'
import { parseLineage, type GrantIssueRefusal, type GrantRequest, type PermissionId } from '@rumi/kernel/grant'

/** What a grant of some permissions must be beside well-formed. */
export function checkRequest(request: GrantRequest): Problem | undefined {
  const { permission_id: permissionId, config, max_uses: maxUses } = request
  const wrong = (message: string, hint?: string): Problem => ({
    code: 'grant.config',
    status: 400,
    message,
    ...(hint === undefined ? {} : { hint }),
  })
  const hasStar = Object.entries(config).some(
    ([key, list]) =>
      key.startsWith('allowed_') && Array.isArray(list) && list.includes('*') && permissionId !== networkPermission,
  )
  // It would allow only what is called "*"; whoever writes it believes that it allows everything. (CAP-06)
  if (hasStar) return wrong('"*" allows nothing: name what is allowed.')
  const keys = findGrantKeys(permissionId)
  if (keys === 'unknown') return describeNoPermission(permissionId)
  const stray = keys && Object.keys(config).find((key) => key.startsWith('allow') && !keys.includes(key))
  // It would be kept and never read; whoever writes it believes that it allows something.
  if (stray !== undefined)
    return wrong(`"${stray}" has no effect on ${permissionId}.`, `It knows: ${keys?.join(', ')}.`)
  if (permissionId === injectPermission) {
    const bindings = Array.isArray(config['allowed_bindings']) ? config['allowed_bindings'] : []
    const odd = bindings.find((binding) => typeof binding !== 'string' || !isBinding(binding))
    // One that can never match would look like it had bound something.
    if (odd !== undefined)
      return wrong(`${JSON.stringify(odd)} is no binding.`, 'Write KEY@host:port: API_KEY@api.example.com:443.')
  }
  if (permissionId !== networkPermission) return undefined
  if (maxUses !== undefined) return wrong('A network grant cannot count its uses.')
  const network = parseNetworkConfig(config)
  return network.ok
    ? undefined
    : wrong(`This network grant cannot be: ${network.error}.`, 'Name hosts like api.example.com or *.example.com.')
}

function describeNoPermission(permissionId: PermissionId): Problem {
  return {
    code: 'grant.permission',
    status: 400,
    message: `There is no permission "${permissionId}".`,
    hint: `The system's own are: ${hostPermissionIds.join(', ')}. A pack's handler cannot be called so.`,
  }
}

/** Why no grant was made. */
export function describeRefusal(request: GrantRequest, refusal: GrantIssueRefusal): Problem {
  if (refusal.kind === 'expires-in-the-past') {
    return {
      code: 'grant.expired',
      status: 400,
      message: 'The grant would be over before it begins.',
      hint: 'Give a later expires_at.',
    }
  }
  const lineage = parseLineage(request.principal_id)
  const why =
    !lineage.ok && lineage.error.kind === 'ambiguous'
      ? 'can be cut into parent and child in more than one way'
      : 'is no pack id'
  return { code: 'grant.principal', status: 400, message: `"${request.principal_id.slice(0, 64)}" ${why}.` }
}
