/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  placeCall: {
    source: { type: 'phone', number: '+4610100555' },
    destination: { type: 'phone', number: '+46890510' },
    options: { record: false, timeout: 30 },
    meta: { order: 4711 },
    header: { 'X-Order': '4711' },
  },
  actOnCall: { action: 'transfer', destination: '+46890510', mode: 'blind' },
};
