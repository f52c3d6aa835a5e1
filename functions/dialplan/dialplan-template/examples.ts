export const examples = {
  saveDialplanTemplate: {
    name: 'Standard office',
    rules: [
      { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
      { priority: 2, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
    ],
    variables: { domain: 'sip.example.com', default_timeout: 30 },
  },
};
