/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveDataConnector: {
    name: 'Support desk',
    kind: 'zendesk',
    server: 'https://acme.zendesk.com',
    auth_type: 'token',
    username: 'admin@example.com',
    token: 'an API token of Zendesk',
  },
  testDataConnector: {},
};
