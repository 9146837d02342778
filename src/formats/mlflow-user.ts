// In: a user and, where it is set, the password. Out: the body of a request to MLflow's users API.
import type { Secret } from '../secret.ts'

export function renderUserRequest(username: string, password?: Secret): string {
  return JSON.stringify({ username, ...(password === undefined ? {} : { password: password.reveal() }) })
}
