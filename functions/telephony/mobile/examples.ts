/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveSim: {
    iccid: '8991101200003204514',
    imsi: '240011234567890',
    msisdn: '+46701234567',
    network: 'Example Mobile',
    label: 'Van 12',
    plan: 'data-10',
    data_limit_mb: 10_000,
  },
  updateSim: { action: 'suspend', reason: 'lost' },
};
