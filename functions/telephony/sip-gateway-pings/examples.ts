/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  reportGatewayStatus: {
    status: 'degraded',
    response_time_ms: 250,
    packet_loss_percent: 5.2,
    error_message: 'High latency detected',
    source: 'monitor.example.com',
  },
};
