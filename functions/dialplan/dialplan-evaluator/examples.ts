export const examples = {
  evaluateCall: {
    called: '011442079460000',
    caller: '+14155550100',
    groups: ['international'],
    at: '2026-03-02T14:30:00Z',
    call_id: 'abc123-def456',
    dry_run: true,
    explain: true,
  },
  evaluateCallBatch: {
    calls: [{ called: '18005550100', caller: '+14155550100' }, { called: '911' }],
    draft: {
      policies: [
        {
          name: 'No toll-free calls',
          status: 'active',
          conditions: { pattern: '^1(800|888|877)[0-9]{7}$' },
          actions: { allow: false },
        },
      ],
    },
  },
  evaluateFreeswitchCall: {
    section: 'dialplan',
    'Caller-Destination-Number': '18005550100',
    'Caller-Caller-ID-Number': '+14155550100',
    'Caller-Context': 'org_1001',
    'Unique-ID': 'e2f7f6a0-6f3b-4a53-9c0e-2d2f6f1f7a11',
  },
};
