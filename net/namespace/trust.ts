// The network's authority wherever programs of this machine look for authorities: bundles, folders, Java, Chromium.

import { writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { certificatesOf, encodeJks } from './jks.ts'
import { list, read } from './machine.ts'
import type { Places } from './messages.ts'
import { real, type Stage } from './stage.ts'
import { subjectHash } from './subject-hash.ts'

/** One file with every authority, by distribution; the first that is there is the one that variables name. */
export const bundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/lib/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
]

/** A file for each authority, found by its hash. */
const folders = ['/etc/ssl/certs', '/etc/pki/tls/certs']

/** Sources of p11-kit, which GnuTLS and NSS ask on Fedora. */
const anchors = ['/etc/pki/ca-trust/source/anchors', '/etc/ca-certificates/trust-source/anchors']

/** Adds the authority everywhere, and gives the bundle that holds it and a folder for more. */
export function layTrust(
  stage: Stage,
  authority: string,
  places: Places,
): { bundle: string | undefined; folder: string | undefined } {
  const own = certificatesOf(authority)[0]!
  for (const folder of folders) {
    const laid = stage.openFolder(folder)
    if (laid !== undefined) writeFileSync(join(laid, `${subjectHash(own)}.0`), authority)
  }
  for (const folder of anchors) {
    const laid = stage.openFolder(folder)
    if (laid !== undefined) writeFileSync(join(laid, 'backlot.pem'), authority)
  }
  const system = bundles.map(read).find(text => text !== undefined) ?? ''
  const present = bundles.filter(bundle => append(stage, bundle, authority))
  let bundle = present[0]
  if (bundle === undefined) {
    // A machine without any: a folder of certificates, empty or not, is a place for one.
    const folder = folders.find(each => stage.openFolder(each) !== undefined)
    if (folder !== undefined) {
      writeFileSync(join(stage.openFolder(folder)!, 'ca-certificates.crt'), authority)
      bundle = join(folder, 'ca-certificates.crt')
    }
  }
  for (const store of certifiStores(places)) append(stage, store, authority)
  layJava(stage, [...certificatesOf(system), own], places)
  layChromium(stage, own)
  return { bundle, folder: folders.find(each => stage.openFolder(each) !== undefined) }
}

function append(stage: Stage, bundle: string, authority: string): boolean {
  const text = read(bundle)
  return text !== undefined && stage.file(bundle, `${text.trimEnd()}\n${authority}`)
}

function layJava(stage: Stage, certificates: readonly Buffer[], { javaHome, path }: Places): void {
  const java = onPath('java', path)
  const homes = [
    ...(javaHome === undefined ? [] : [javaHome]),
    ...(java === undefined ? [] : [dirname(dirname(java))]),
    ...list('/usr/lib/jvm').map(name => join('/usr/lib/jvm', name)),
  ]
  const stores = [
    '/etc/ssl/certs/java/cacerts',
    '/etc/pki/java/cacerts',
    '/etc/pki/ca-trust/extracted/java/cacerts',
    ...homes.flatMap(home => [join(home, 'lib/security/cacerts'), join(home, 'jre/lib/security/cacerts')]),
  ].filter(store => real(store) !== undefined)
  if (stores.length === 0) return
  const date = new Date(0)
  const content = encodeJks(
    certificates.map((der, index) => ({ alias: `authority-${index}`, der })),
    date,
  )
  for (const store of stores) stage.file(store, content)
}

/** The bundle that Python's certifi carries; programs that read it are reached by variables, but not under `env -i`. */
function certifiStores({ home, path, virtualEnv }: Places): string[] {
  const python = onPath('python3', path)
  const prefixes = [
    '/usr',
    '/usr/local',
    ...(virtualEnv === undefined ? [] : [virtualEnv]),
    ...(home === undefined ? [] : [join(home, '.local')]),
    ...(python === undefined ? [] : [dirname(dirname(python))]),
  ]
  return prefixes.flatMap(prefix =>
    list(join(prefix, 'lib'))
      .filter(name => /^python\d/.test(name))
      .flatMap(name =>
        ['site-packages', 'dist-packages'].flatMap(packages =>
          ['certifi/cacert.pem', 'pip/_vendor/certifi/cacert.pem'].map(file =>
            join(prefix, 'lib', name, packages, file),
          ),
        ),
      ),
  )
}

/** Chromium has its own list of authorities and takes more by policy. Where the folder is missing it cannot be made. */
function layChromium(stage: Stage, authority: Buffer): void {
  const policy = JSON.stringify({ CACertificates: [authority.toString('base64')] })
  for (const folder of ['/etc/chromium/policies/managed', '/etc/opt/chrome/policies/managed']) {
    const laid = stage.openFolder(folder)
    if (laid !== undefined) writeFileSync(join(laid, 'backlot.json'), policy)
  }
}

function onPath(name: string, path = '/usr/local/bin:/usr/bin:/bin'): string | undefined {
  for (const folder of path.split(delimiter)) {
    const found = folder === '' ? undefined : real(join(folder, name))
    if (found !== undefined) return found
  }
  return undefined
}
