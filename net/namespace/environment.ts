// The program's environment: the caller's, with trust pointed at the network's authority and no way past the network.

/** Set for every program: each is read by somebody who does not ask the system's bundle. */
const bundleVariables = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'AWS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'DENO_CERT',
]

/** Set only where the caller has set them, to some other bundle. */
const bundleVariablesIfSet = [
  'NIX_SSL_CERT_FILE',
  'HTTPLIB2_CA_CERTS',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'CARGO_HTTP_CAINFO',
  'npm_config_cafile',
]

const proxyVariables = new Set([
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'all_proxy',
  'no_proxy',
  'rsync_proxy',
  'npm_config_proxy',
  'npm_config_https_proxy',
  'npm_config_http_proxy',
  'npm_config_noproxy',
  'yarn_http_proxy',
  'yarn_https_proxy',
])

/** `bundle` is a file of certificates that exists where the program runs. */
export function programEnvironment(own: NodeJS.ProcessEnv, bundle: string | undefined): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !proxyVariables.has(name.toLowerCase())) env[name] = value
  }
  // Names a folder of the machine's authorities beside the bundle; the system's own is looked into anyway.
  delete env.SSL_CERT_DIR
  delete env.GIT_SSL_CAPATH
  if (bundle !== undefined) {
    for (const name of bundleVariables) env[name] = bundle
    for (const name of bundleVariablesIfSet) if (env[name] !== undefined) env[name] = bundle
  }
  return env
}
