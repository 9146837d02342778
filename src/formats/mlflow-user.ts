// In: a user and, where they are needed, passwords. Out: the body of a request to MLflow's users API.
import type { Secret } from '../secret.ts'

export interface UserRequest {
  readonly username: string
  readonly password?: Secret
  /** The former one, which MLflow asks of those who change their own. */
  readonly currentPassword?: Secret
}

export function renderUserRequest({ username, password, currentPassword }: UserRequest): string {
  return JSON.stringify({
    username,
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(currentPassword === undefined ? {} : { current_password: currentPassword.reveal() }),
  })
}
