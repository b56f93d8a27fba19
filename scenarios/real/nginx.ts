// nginx on a free loopback port, with its configuration in a temporary folder. Debian package: nginx-light.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, freePort } from './server.ts'

export interface NginxOptions {
  /** The folder that it serves. */
  folder: string
  /** PEM, for a second port under TLS. */
  certificate?: { readonly cert: string; readonly key: string }
  /** Further sites on the same ports, by name: what stands in their `server { … }`; UPLOADS is an empty folder. */
  sites?: Readonly<Record<string, string>>
}

export interface RealNginx extends AsyncDisposable {
  readonly endpoint: { readonly host: string; readonly port: number }
  /** Under TLS, where there is a certificate. */
  readonly secure: { readonly host: string; readonly port: number }
}

/** Starts nginx as one process of this user, with Debian's media types. */
export async function startNginx(path: string, options: NginxOptions): Promise<RealNginx> {
  const { certificate } = options
  const home = await mkdtemp(join(tmpdir(), 'nginx-'))
  if (certificate !== undefined) {
    await writeFile(join(home, 'cert.pem'), certificate.cert)
    await writeFile(join(home, 'key.pem'), certificate.key, { mode: 0o600 })
  }
  // The port may be taken between its choice and nginx's start; then another is chosen.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const securePort = certificate === undefined ? undefined : await freePort()
    await writeFile(join(home, 'nginx.conf'), configuration(home, options, port, securePort))
    const child = spawn(path, ['-p', home, '-e', 'stderr', '-c', join(home, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    child.stderr.setEncoding('utf8').on('data', text => (log += text))
    const exit = once(child, 'exit')
    if (await answers(port, () => child.exitCode === null)) {
      return {
        endpoint: { host: '127.0.0.1', port },
        secure: { host: '127.0.0.1', port: securePort ?? 0 },
        async [Symbol.asyncDispose]() {
          child.kill('SIGTERM')
          await exit
          await rm(home, { recursive: true, force: true })
        },
      }
    }
    if (attempt === 3 || !log.includes('Address already in use')) {
      child.kill('SIGTERM')
      await rm(home, { recursive: true, force: true })
      throw new Error(`nginx did not start:\n${log}`)
    }
  }
}

function configuration(
  home: string,
  { folder, sites = {} }: NginxOptions,
  port: number,
  securePort: number | undefined,
): string {
  const secure =
    securePort === undefined
      ? ''
      : `listen 127.0.0.1:${securePort} ssl; ssl_certificate ${home}/cert.pem; ssl_certificate_key ${home}/key.pem;`
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${home}/${kind};`)
  const further = Object.entries(sites).map(
    ([name, lines]) =>
      `  server { listen 127.0.0.1:${port}; ${secure} server_name ${name}; ${lines.replaceAll('UPLOADS', `${home}/uploads`)} }\n`,
  )
  return `daemon off; master_process off; pid ${home}/pid; error_log stderr;
events {}
http {
  include /etc/nginx/mime.types; access_log off; ${kinds.join(' ')}
  client_max_body_size 1k; if_modified_since before;
  gzip on; gzip_types *; gzip_vary on; gzip_min_length 100;
  server { listen 127.0.0.1:${port}; ${secure} port_in_redirect off; root ${folder}; disable_symlinks on from=${folder}; location ~ /\\.(?!well-known) { return 404; } }
${further.join('')}}
`
}
