import { z } from 'zod'
import { err, ok, type Outcome } from '@rumi/kernel/base'

/** How the system is to run; from flags and the environment, checked. */
export interface Settings {
  /** The home's absolute path. */
  readonly home: string
  /** 0: any free port. */
  readonly port: number
  readonly bindAddress: string
  /** `permissive`: blocks run on the host without a sandbox, and every result says so. */
  readonly mode: 'strict' | 'permissive'
  /** 1–1000. */
  readonly maxConcurrentFlows: number
  /** Largest result of a run in a reply. */
  readonly maxResponseBytes: number
  readonly maxFlowFileBytes: number
  /** The interpreter for Python blocks; undefined: look in the usual places. */
  readonly python: string | undefined
  readonly bubblewrap: string | undefined
  /** Requests of one pack to the network in any minute. */
  readonly egressRateLimit: number
  /** Certificates (PEM) trusted for requests of packs, beside the usual ones; a file. */
  readonly egressCaFile: string | undefined
  /** Addresses of hosts that are not looked up: a file in the form of /etc/hosts. */
  readonly egressHostsFile: string | undefined
  /** Secrets that one pack may read in any minute. */
  readonly secretGetRateLimit: number
  /** Where the key of the secrets is, unless RUMI_SECRETS_KEY holds it: that one is no setting, and is not kept here. */
  readonly secretsKeySource: 'home' | 'keyring'
  /** Prepared sandbox roots, shared by all homes of a user. */
  readonly cacheFolder: string | undefined
}

/** A whole number in a range, written in decimal digits. */
function wholeNumber(minimum: number, maximum: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
}

const environmentSchema = z.object({
  RUMI_HOME: z.string().min(1).optional(),
  RUMI_API_PORT: wholeNumber(0, 65_535).optional(),
  RUMI_API_BIND_ADDRESS: z.enum(['127.0.0.1', '::1', 'localhost']).optional(),
  RUMI_SECURITY_MODE: z.enum(['strict', 'permissive']).optional(),
  RUMI_MAX_CONCURRENT_FLOWS: wholeNumber(1, 1000).optional(),
  RUMI_MAX_RESPONSE_BYTES: wholeNumber(1, 64 * 1024 * 1024).optional(),
  RUMI_MAX_FLOW_FILE_BYTES: wholeNumber(1, 16 * 1024 * 1024).optional(),
  RUMI_PYTHON: z.string().startsWith('/').optional(),
  RUMI_BUBBLEWRAP: z.string().startsWith('/').optional(),
  RUMI_EGRESS_RATE_LIMIT: wholeNumber(1, 1_000_000).optional(),
  RUMI_EGRESS_CA_FILE: z.string().startsWith('/').optional(),
  RUMI_EGRESS_HOSTS_FILE: z.string().startsWith('/').optional(),
  RUMI_SECRET_GET_RATE_LIMIT: wholeNumber(1, 1_000_000).optional(),
  RUMI_SECRETS_KEY_SOURCE: z.enum(['home', 'keyring']).optional(),
  RUMI_CACHE_DIR: z.string().startsWith('/').optional(),
})

/** Flags that win over the environment. */
export interface SettingFlags {
  readonly home?: string | undefined
  readonly port?: number | undefined
  readonly permissive?: boolean | undefined
}

/**
 * Reads the settings. A variable that cannot be understood stops the start: a mistyped limit must not mean the default.
 * Problem: `settings.invalid` 400, naming every bad variable.
 *
 * @param resolvePath - Makes a path absolute.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  flags: SettingFlags,
  resolvePath: (path: string) => string,
): Outcome<Settings> {
  const parsed = environmentSchema.safeParse(environment)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    return err({
      code: 'settings.invalid',
      status: 400,
      message: issues.join('; '),
      hint: 'Correct or unset these environment variables.',
    })
  }
  const values = parsed.data
  return ok({
    home: resolvePath(flags.home ?? values.RUMI_HOME ?? '.rumi'),
    port: flags.port ?? values.RUMI_API_PORT ?? 8765,
    bindAddress: values.RUMI_API_BIND_ADDRESS ?? '127.0.0.1',
    mode: flags.permissive === true ? 'permissive' : (values.RUMI_SECURITY_MODE ?? 'strict'),
    maxConcurrentFlows: values.RUMI_MAX_CONCURRENT_FLOWS ?? 10,
    maxResponseBytes: values.RUMI_MAX_RESPONSE_BYTES ?? 4 * 1024 * 1024,
    maxFlowFileBytes: values.RUMI_MAX_FLOW_FILE_BYTES ?? 1024 * 1024,
    python: values.RUMI_PYTHON,
    bubblewrap: values.RUMI_BUBBLEWRAP,
    egressRateLimit: values.RUMI_EGRESS_RATE_LIMIT ?? 60,
    egressCaFile: values.RUMI_EGRESS_CA_FILE,
    egressHostsFile: values.RUMI_EGRESS_HOSTS_FILE,
    secretGetRateLimit: values.RUMI_SECRET_GET_RATE_LIMIT ?? 60,
    secretsKeySource: values.RUMI_SECRETS_KEY_SOURCE ?? 'home',
    cacheFolder: values.RUMI_CACHE_DIR,
  })
}
