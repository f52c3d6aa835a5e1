/** Accepted bodies by operation id. */
export const examples = {
  getToken: { username: 'ada@example.com', password: 'Correct-Horse-Battery-9' },
  createToken: { username: 'ada@example.com', password: 'Correct-Horse-Battery-9', ttl: 3_600, client: 'web' },
  logIn: { username: 'ada@example.com', password: 'Correct-Horse-Battery-9' },
};
