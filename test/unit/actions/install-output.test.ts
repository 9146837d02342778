import { expect, test } from 'vitest'
import { explainManager, parseManagerLine } from '../../../src/actions/install-system-packages.ts'
import { buildInstallError, classifyInstall, indexHost } from '../../../src/actions/packages/explain-install.ts'
import { parseInstallerLine } from '../../../src/actions/packages/installer-progress.ts'
import { hideLogins } from '../../../src/formats/secret-text.ts'

const result = (stderr: string, exitCode = 1) => ({ exitCode, found: true, timedOut: false, stdout: '', stderr })

// Lines as uv 0.13 and pip 23 to 24 print them.
test.each([
  ['Resolved 98 packages in 1.42s', 'resolved 98 packages'],
  ['Downloading pyarrow (47.7MiB)', 'downloading pyarrow, 47.7 MB'],
  [' Downloaded pyarrow', 'downloaded pyarrow'],
  ['Installed 1 package in 0.83ms', 'installed 1 package'],
  ['Collecting six==1.16.0', 'collecting six'],
  ['  Downloading six-1.16.0-py2.py3-none-any.whl (11 kB)', 'downloading six, 11 kB'],
  ['  Using cached numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (16.9 MB)', 'downloading numpy, 16.9 MB'],
  ['Installing collected packages: six, numpy', 'installing 2 packages'],
  ['warning: Failed to hardlink files; falling back to full copy.', undefined],
  [' + six==1.16.0', undefined],
])('%s', (line, words) => {
  expect(parseInstallerLine(line)).toBe(words)
})

test.each([
  ['unreachable', 'cause: Failed to fetch: http://127.0.0.1:1/simple/six/\n  cause: Connection refused (os error 111)'],
  ['unreachable', "WARNING: Retrying after 'NewConnectionError(...)'\nERROR: No matching distribution found for six"],
  ['no-match', 'error: No solution found when resolving dependencies'],
  ['no-match', 'ERROR: No matching distribution found for six==99'],
  ['no-space', 'cause: failed to write to file `/x`: No space left on device (os error 28)'],
  ['no-space', 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'],
  ['tls', 'client error (Connect)\ninvalid peer certificate: UnknownIssuer\nerror sending request for url'],
  ['refused', 'HTTP status client error (401 Unauthorized) for url (https://packages.corp.example/simple/six/)'],
  ['unknown', 'Segmentation violation'],
] as const)('%s is known from the output', (failure, text) => {
  expect(classifyInstall(result(text))).toBe(failure)
})

test('a signal is told as such', () => {
  expect(classifyInstall(result('', 137))).toBe('killed')
})

test('no login of an index address is shown', () => {
  const text = 'Failed to fetch: `https://user:p@ss@packages.corp.example/simple/six/` dns error'
  expect(hideLogins(text)).not.toMatch(/user|p@ss/u)
  expect(hideLogins('"ada:pw@mlflow.example.com:5000" has no scheme')).toBe('"mlflow.example.com:5000" has no scheme')
  const env = { UV_DEFAULT_INDEX: 'https://user:s3cret@packages.corp.example/simple' }
  expect(indexHost('', env)).toBe('packages.corp.example')
  const attempt = {
    installer: 'uv',
    result: result(text),
    env,
    wanted: 'mlflow==3.17.2',
    directory: '/srv/mlflow/venv',
    freeBytes: 0,
  }
  const error = buildInstallError(attempt)
  expect(error).toMatchObject({ code: 'index.unreachable', because: 'packages.corp.example could not be reached.' })
  expect(JSON.stringify([error.message, error.because, error.hint, error.lastLines])).not.toMatch(/s3cret|p@ss/u)
})

test('the package manager that holds the lock is named', () => {
  const text = `Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 20499 (apt-get)...
E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?`
  expect(parseManagerLine(text.split('\n')[0] ?? '')).toBe('waiting for process 20499 (apt-get)')
  const error = explainManager(['apt-get', 'install', '-y', 'python3-venv'], result(text, 100))
  expect(error.code).toBe('system-packages.locked')
  expect(error.because).toBe("Process 20499 (apt-get) holds the package manager's lock.")
})

test.each([
  ['Get:1 http://deb.example/debian bookworm/main amd64 hello amd64 1:2.10-3 [53.1 kB]', 'downloading hello'],
  ['Get:1 http://deb.example/debian bookworm InRelease [151 kB]', undefined],
  ['Unpacking python3.11-venv (3.11.2-6) ...', 'unpacking python3.11-venv'],
  ['Setting up libc6:amd64 (2.36-9) ...', 'setting up libc6'],
])('%s', (line, words) => {
  expect(parseManagerLine(line)).toBe(words)
})

test('an index that nobody named is not guessed', () => {
  expect(indexHost('dns error', {})).toBe('the package index')
})
