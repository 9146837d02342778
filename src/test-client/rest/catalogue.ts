// In: nothing. Out: the steps of the REST proof, each after those that it needs.
import { address } from '../steps/address.ts'
import { experiment } from '../steps/experiment.ts'
import { files } from '../steps/files.ts'
import { login } from '../steps/login.ts'
import { model } from '../steps/model.ts'
import { run } from '../steps/run.ts'
import { search } from '../steps/search.ts'
import { server } from '../steps/server.ts'
import { trace } from '../steps/trace.ts'
import type { RestStep } from './rest-step.ts'

export const REST_STEPS: readonly RestStep[] = [server, address, login, experiment, run, files, model, search, trace]
