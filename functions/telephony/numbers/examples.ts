/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  searchNumbers: {
    scope: 'available',
    country: 'SE',
    type: 'geographic',
    prefix: '468',
    capabilities: ['voice'],
    limit: 50,
  },
  activateNumber: { label: 'Reception', max_channels: 10, capabilities: ['voice'] },
  updateNumber: { label: 'Sales', route: null },
  setNumberChannels: { max_channels: 10, max_inbound: 8, max_outbound: 5 },
};
