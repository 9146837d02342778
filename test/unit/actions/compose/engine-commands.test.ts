import { describe, expect, it } from 'vitest'
import { composeCommand, engineCommand, failureOf } from '../../../../src/actions/compose/engine-commands.ts'
import { answered } from '../../../fakes/container.ts'

describe('a command for the engine', () => {
  it('has what leads to engine and registries, and nothing that would win over .env', () => {
    const shell = {
      PATH: '/usr/bin',
      DOCKER_HOST: 'unix:///run/user/1000/docker.sock',
      HTTPS_PROXY: 'http://proxy:3128',
      POSTGRES_PASSWORD: 'of the shell',
      AWS_SECRET_ACCESS_KEY: 'of the shell',
      COMPOSE_FILE: 'other.yaml',
      COMPOSE_PROJECT_NAME: 'other',
    }
    const { env } = engineCommand(['ps'], shell)
    expect(env).toEqual({
      PATH: '/usr/bin',
      DOCKER_HOST: 'unix:///run/user/1000/docker.sock',
      HTTPS_PROXY: 'http://proxy:3128',
      LC_ALL: 'C.UTF-8',
      DOCKER_CLI_HINTS: 'false',
    })
  })

  it('is run by Compose where the stack is', () => {
    expect(composeCommand('/srv/mlflow', ['stop'], {})).toMatchObject({
      file: 'docker',
      args: ['compose', '--ansi', 'never', 'stop'],
      cwd: '/srv/mlflow',
    })
  })
})

// As Docker 28 and Compose 2.40 say it.
describe('what the engine says is understood', () => {
  const command = engineCommand(['pull', 'postgres:17'], {})
  it.each([
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.51/info": dial unix /var/run/docker.sock: connect: permission denied',
      'engine.forbidden',
    ],
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'engine.stopped',
    ],
    ['write /var/lib/docker/tmp/GetImageBlob123: no space left on device', 'engine.disk-full'],
    ['Error response from daemon: all predefined address pools have been fully subnetted', 'engine.no-network'],
    [
      'Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint mlflow-nginx-1: Bind for 0.0.0.0:443 failed: port is already allocated',
      'engine.port-taken',
    ],
    ['failed to bind host port for 127.0.0.1:8443:172.18.0.5:8443/tcp: address already in use', 'engine.port-taken'],
    [
      'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
      'image.rate-limit',
    ],
    [
      "Error response from daemon: pull access denied for nobody/nothing, repository does not exist or may require 'docker login'",
      'image.unknown',
    ],
    [
      'Error response from daemon: manifest for postgres:99 not found: manifest unknown: manifest unknown',
      'image.unknown',
    ],
    [
      'Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries',
      'image.platform',
    ],
    [
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      'image.unreachable',
    ],
    [
      'Error response from daemon: Get "https://harbor.corp/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'image.unreachable',
    ],
    ['something that nobody has seen', 'engine.failed'],
  ])('%s → %s', (stderr, code) => {
    const failure = failureOf(command, answered({ exitCode: 1, stderr }), 'The image could not be pulled.')
    expect(failure.code).toBe(code)
    expect(failure.hint).toBeDefined()
  })

  it('also where there is no docker, or it takes too long', () => {
    const missing = failureOf(command, answered({ exitCode: 127, found: false }), 'It failed.')
    expect(missing.code).toBe('engine.missing')
    const late = failureOf(command, answered({ exitCode: 143, timedOut: true }), 'It failed.')
    expect(late).toMatchObject({ code: 'engine.failed', because: 'It took too long.' })
  })

  it('shows the last lines of the rest', () => {
    const stderr = Array.from({ length: 30 }, (_, at) => `line ${at}  `).join('\n')
    const failure = failureOf(command, answered({ exitCode: 1, stderr }), 'It failed.')
    expect(failure).toMatchObject({
      command: 'docker pull postgres:17',
      lastLines: expect.arrayContaining(['line 29']),
    })
    expect(JSON.stringify(failure)).not.toContain('line 14')
  })
})
