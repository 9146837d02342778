import { expect, it } from 'vitest'
import { imageCommand } from '../../../src/actions/compose/run-in-image.ts'

const PLACE = { image: 'mlflow-setup/ml:3.17.2', name: 'mlflow-setup-test-1', reads: ['/home/ada/ca.pem'] }
const OURS = { PATH: '/usr/bin', HOME: '/home/ada', DOCKER_HOST: 'unix:///run/docker.sock', MLFLOW_TRACKING_TOKEN: 'x' }

it('variables go by their names, so that no secret is in an argument', () => {
  const env = { MLFLOW_TRACKING_PASSWORD: 'hunter2', AWS_CA_BUNDLE: '/home/ada/ca.pem', HOME: '/nonexistent' }
  const { file, args, env: given } = imageCommand({ args: ['-'], env }, PLACE, OURS)
  expect([file, args[0], args.at(-2), args.at(-1)]).toEqual(['docker', 'run', PLACE.image, '-'])
  expect(args).toContain('--env=MLFLOW_TRACKING_PASSWORD')
  expect(args.join(' ')).not.toContain('hunter2')
  expect(given).toMatchObject({ MLFLOW_TRACKING_PASSWORD: 'hunter2', HOME: '/home/ada', DOCKER_HOST: OURS.DOCKER_HOST })
})

it('nothing of whoever runs it gets in, but the files that the client reads', () => {
  const { args, env } = imageCommand({ args: ['-'], env: { PATH: '/usr/bin', USER: 'ada', TMPDIR: '/x' } }, PLACE, OURS)
  expect(args.filter((word) => word.startsWith('--env'))).toEqual(['--env=HOME=/nonexistent'])
  expect(args.filter((word) => word.startsWith('--volume'))).toEqual([
    '--volume=/home/ada/ca.pem:/home/ada/ca.pem:ro,z',
  ])
  expect(env).not.toHaveProperty('MLFLOW_TRACKING_TOKEN')
})
