import { execFile } from 'node:child_process'
import { err, ok, type Outcome, type Problem } from '@rumi/kernel/base'

/** How the keyring of the operator's desktop is asked. */
export interface KeyringQuestion {
  /** The program `secret-tool` of libsecret; undefined: it was not found. */
  readonly program: string | undefined
  /** The home's absolute path: each home has an entry of its own. */
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The keyring may be locked and wait for somebody; this is how long we wait. */
  readonly timeoutMs: number
}

/**
 * Looks the key of a home up in the keyring: the entry with the attributes `service rumi` and `home <root>`.
 *
 * Problem: `secrets.keyring` 500, with the command that stores a key.
 */
export async function lookUpKeyring({
  program,
  home,
  environment,
  timeoutMs,
}: KeyringQuestion): Promise<Outcome<string>> {
  if (program === undefined) {
    const hint = 'Install it (apt install libsecret-tools), or unset RUMI_SECRETS_KEY_SOURCE.'
    return err(describe('RUMI_SECRETS_KEY_SOURCE is "keyring", but the program secret-tool is not there.', hint))
  }
  const { failure, out } = await new Promise<{ failure: Error | null; out: string }>((resolve) => {
    const options = { env: pick(environment), timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 8192 } as const
    execFile(program, ['lookup', 'service', 'rumi', 'home', home], options, (error, text) =>
      resolve({ failure: error, out: text }),
    )
  })
  // Neither the text nor what the program said is shown: both may hold the key.
  if (failure !== null && 'killed' in failure && failure.killed === true) {
    const message = `The keyring did not answer within ${timeoutMs / 1000} s.`
    return err(describe(message, 'Unlock it, then try again.'))
  }
  const key = out.trim()
  if (failure !== null || key === '') {
    const place = quote(home)
    const hint = `openssl rand -hex 32 | tr -d '\\n' | secret-tool store --label=Rumi service rumi home ${place}`
    return err(describe(`The keyring has no key for the home ${home}.`, hint))
  }
  return ok(key)
}

function describe(message: string, hint: string): Problem {
  return { code: 'secrets.keyring', status: 500, message, hint }
}

/** What finding the session's bus takes, and nothing else of what we were started with. */
function pick({ DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, HOME }: KeyringQuestion['environment']): NodeJS.ProcessEnv {
  return { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, HOME }
}

function quote(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}
