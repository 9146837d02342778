// In: nothing. Out: every question, in the order in which they are resolved: a later one may look at earlier answers.
import type { Question } from './question.ts'
import { installPackages, python, service } from './questions/machine.ts'
import { testClient } from './questions/proof.ts'
import { publicUrl, serverPort, workers } from './questions/server.ts'
import { dir, mlflowVersion, name, scenario, target } from './questions/stack.ts'
import { artifactStore, backendStore } from './questions/stores.ts'

export const CATALOGUE: readonly Question[] = [
  scenario,
  target,
  dir,
  name,
  mlflowVersion,
  publicUrl,
  serverPort,
  workers,
  backendStore,
  artifactStore,
  service,
  installPackages,
  python,
  testClient,
]
