/** Accepted bodies by operation id. */
export const examples = {
  createUser: {
    username: 'ada.lovelace',
    email: 'ada@example.com',
    first_name: 'Ada',
    last_name: 'Lovelace',
    roles: ['agent'],
    timezone: 'Europe/London',
    language: 'en-GB',
  },
  updateUser: { last_name: 'King', language: 'en' },
  inviteUser: { send: true },
  changePassword: { current_password: 'Correct-Horse-Battery-9', new_password: 'Marble-Kettle-Drum-5' },
};
