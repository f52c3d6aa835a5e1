/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveOrganizationIp: {
    organization_id: 'org_1001',
    ip_address: '198.51.100.0',
    cidr: 24,
    type: 'whitelist',
    description: 'Remote office subnet',
  },
  updateOrganizationIp: { description: 'Remote office', cidr: 28 },
};
