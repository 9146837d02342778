/** What a service may see of the environment of the user who starts it; everything else comes from its environment file. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|(https?|ftp|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|AWS_CA_BUNDLE)$/u

const PROXY = /^(HTTPS?|FTP|ALL|NO)_PROXY$/u

/** The same choice as in templates/native/supervisor.py. */
export function selectPassedOn(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name) || PROXY.test(name)))
}
