/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  createGateway: {
    name: 'pstn-primary',
    host: 'gw.carrier.example.com',
    port: 5060,
    transport: 'udp',
    prefix: '00',
    strip: 1,
    codecs: ['G.711', 'G.729'],
    max_channels: 60,
    outbound_proxy: 'sbc.carrier.example.com:5060',
    attempt_seconds: 6,
    ping: { enabled: true, interval_seconds: 30, timeout_ms: 5_000, down_after: 3, up_after: 3 },
  },
  updateGateway: { strip: 2, ping: { degraded_ms: 250 } },
};
