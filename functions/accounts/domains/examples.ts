/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveDomain: {
    domain: 'voice.newcompany.example.com',
    organization_id: 'org_1001',
    type: 'primary',
    ssl_enabled: true,
    settings: { default_transport: 'tls', nat_keepalive: true },
  },
  updateDomain: { ssl_enabled: false, settings: { default_transport: 'udp', nat_keepalive: false } },
};
