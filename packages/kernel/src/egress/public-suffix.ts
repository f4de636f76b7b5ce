/**
 * Suffixes below which strangers register names, beside the general rule of `isPublicSuffix`. Not the Public Suffix
 * List: the common registries of countries and the hosting platforms an attacker can get a name on in a minute.
 */
const platformSuffixes: readonly string[] = [
  'amazonaws.com appspot.com azureedge.net azurefd.net azurestaticapps.net azurewebsites.net b-cdn.net',
  'blob.core.windows.net blogspot.com cloudapp.azure.com cloudapp.net cloudflareaccess.com cloudfront.net',
  'cloudfunctions.net cloudwaysapps.com codespaces.com csb.app ddns.net deno.dev digitaloceanspaces.com duckdns.org',
  'dynv6.net edgekey.net edgesuite.net elasticbeanstalk.com fastly.net firebaseapp.com firebaseio.com fly.dev',
  'fly.storage.tigris.dev githubusercontent.com github.io gitlab.io gitpod.io glitch.me global.ssl.fastly.net',
  'googleusercontent.com hatenablog.com herokuapp.com hf.space hopto.org itch.io kinsta.app lambda-url.on.aws lhr.life',
  'linodeobjects.com localtest.me loca.lt lvh.me myshopify.com netlify.app ngrok.app ngrok.dev ngrok-free.app',
  'ngrok-free.dev ngrok.io nip.io no-ip.org ondigitalocean.app onrender.com pages.dev pantheonsite.io pipedream.net',
  'pythonanywhere.com r2.dev railway.app readthedocs.io render.com repl.co replit.app replit.dev run.app sakura.ne.jp',
  'serveo.net sslip.io storage.googleapis.com streamlit.app supabase.co surge.sh sytes.net trafficmanager.net',
  'translate.goog trycloudflare.com ts.net tunnelmole.net up.railway.app vercel.app web.app web.core.windows.net',
  'webhook.site wixsite.com wordpress.com workers.dev xip.io zapto.org',
].flatMap((line) => line.split(' '))

/** Labels under which many two-letter domains register names: `co.uk`, `com.au`, `or.jp`, `gob.mx`. */
const registryLabels: ReadonlySet<string> = new Set(
  'ac ad ca co com ed edu firm gen go gob gov gr govt id idv in ind inf info lg ltd me mil name ne net nhs nom or org plc pro sch school web'.split(
    ' ',
  ),
)

/** Top-level domains people type by mistake; every other single label is taken for the name of a machine nearby. */
const topLevelDomains: ReadonlySet<string> = new Set(
  'ai app arpa au biz br ca ch cloud cn co com de dev edu es eu fr goog gov in info int io it jp kr me mil net nl org pl ru se sh site tech tv uk us xyz'.split(
    ' ',
  ),
)

/** Tells whether a name is itself a registry's: nobody's host, and under it everybody's. */
export function isRegistrySuffix(name: string): boolean {
  const labels = name.split('.')
  const [first = '', second = ''] = labels
  if (labels.length === 1) return topLevelDomains.has(name)
  return labels.length === 2 && second.length === 2 && registryLabels.has(first)
}

/**
 * Tells whether `*.name` would reach hosts that strangers can register: a single label, a registry's suffix
 * (`co.uk`), a hosting platform's (`github.io`), or a parent of one (`windows.net`).
 */
export function isSharedSuffix(name: string): boolean {
  if (!name.includes('.') || isRegistrySuffix(name)) return true
  return platformSuffixes.some((suffix) => suffix === name || suffix.endsWith(`.${name}`))
}
