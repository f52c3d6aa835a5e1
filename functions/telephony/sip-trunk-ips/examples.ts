/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveTrunkIps: {
    ips: [
      { address: '203.0.113.20', type: 'signaling', port: 5060, priority: 1, active: true },
      { address: '203.0.113.21', type: 'media', port: 10_000, priority: 1, active: true },
    ],
  },
  updateTrunkIp: { ip_id: 'ip_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', priority: 2, active: false },
  verifyTrunkIp: { ip_id: 'ip_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A' },
};
