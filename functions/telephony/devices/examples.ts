/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  createDevice: {
    mac_address: '00:1A:2B:3C:4D:5F',
    name: "Jane's Desk Phone",
    model: 'T46U',
    manufacturer: 'Yealink',
    template_id: 'tmpl_standard',
    lines: [
      { line_number: 1, extension: '1002', label: 'Jane Smith', type: 'primary' },
      { line_number: 2, extension: '1100', label: 'Conference', type: 'shared' },
    ],
    settings: { timezone: 'America/New_York', language: 'en', ringtone: 'default' },
  },
  updateDevice: { name: "Jane's Conference Phone", settings: { language: 'sv' } },
};
