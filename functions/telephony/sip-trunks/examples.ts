/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  createTrunk: {
    name: 'Primary carrier',
    type: 'carrier',
    host: 'sip.carrier.example.com',
    port: 5060,
    transport: 'udp',
    username: 'trunk_user',
    password: 'secure_password_123',
    realm: 'carrier.example.com',
    register: true,
    max_channels: 100,
    codecs: ['G.711', 'G.729', 'OPUS'],
    dtmf_mode: 'rfc2833',
    nat_support: true,
    caller_id_name: 'Example Ltd',
    caller_id_number: '+15551234567',
  },
  updateTrunk: { host: 'sip2.carrier.example.com', max_channels: 150, codecs: ['G.711', 'G.729', 'OPUS', 'G.722'] },
};
