/** Accepted bodies by operation id. */
export const examples = {
  requestPasswordReset: { username: 'ada.lovelace' },
  resetPassword: { token: 'mB2T8w0dYp3vLqXz7RkJ1nC5sGfHu9eAoVi4tKxW6Zc', password: 'Marble-Kettle-Drum-5' },
};
