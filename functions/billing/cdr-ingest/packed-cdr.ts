/** A time of the form that most texts have. */
const time = '2026-01-01T00:00:00Z';

const rate = {
  ...{ prefix: '', name: null, direction: 'outbound', price_per_minute: '0.0', connect_fee: '0.0000' },
  ...{ minimum_charge: '0.0000', initial_seconds: 60, increment_seconds: 60, included: false, valid_from: null },
  ...{ valid_to: null, time_bands: [] },
};

const rating = {
  ...{ status: 'rated', reason: null, tariff: { id: 'trf_', name: '', version: 1 }, source: 'tariff', rate },
  ...{ band: null, billed_seconds: 60, included_seconds: 0, discount_percent: '0', charge: '0.0', currency: 'USD' },
  ...{ period: '2026-', late: false, revision: 1, rated_at: time, wholesale: null, cost: null, cost_currency: null },
};

/**
 * What the texts of CDRs have in common: the dictionary by which form 2 is compressed (as in RFC 1950 §2.2). It is part
 * of that form and never changes. What is most frequent is at its end.
 */
export const packedCdr = JSON.stringify({
  ...{ q850: 16, sip_code: 200, text: '', mos: 4, jitter_ms: 0, loss_percent: 0, codec: 'PCMU', verstat: '' },
  ...{ attestation: 'A', origid: '', caller: '+', callee: '+', answer_time: time, end_time: time },
  ...{ billable_seconds: 60, gateway_id: null, device_id: null, cost: null, cause: null, custom: null, quality: null },
  ...{ organization: 1, start_ms: 0, answer_ms: null, end_ms: 0, stated: {}, record_revision: 1, void: false },
  ...{ content_hash: '', source: 'sip-sidecar', number: '+' },
  counted: { day: '2026-', hour: '10+0', destination: 'US', by_number: true },
  ...{ origin: 'platform', received_at: time, received_as: '#0', rating, rating_history: [] },
});
