import type { CallFacts } from './record.ts';
import { noParty } from './record.ts';
import { type LegParty } from './record.ts';

/** Calls and their sides, for tests. */

export const phoneParty = (target: string): LegParty => ({
  ...noParty,
  kind: 'device',
  target,
  device_id: `dev_${target}`,
});

export const gatewayParty = (gateway_id: string): LegParty => ({
  ...noParty,
  kind: 'gateway',
  target: '+15551234567',
  number: '+15551234567',
  gateway_id,
});

const party = (user: string) => ({ scheme: 'sip' as const, user, name: '' });

/** A call of extension 201 to 202. */
export const callFacts = (more: Partial<CallFacts> = {}): CallFacts => ({
  id: 'call_01KAFB5Q4S0000000000000000',
  org_id: 1_001,
  began_by: 'phone',
  direction: 'internal',
  source: { endpoint: { type: 'device', id: 'dev_201' }, caller: party('201'), asserted: null },
  destination: {
    endpoint: { type: 'sip', uri: 'sip:202@pbx.example.com' },
    requested: party('202'),
    to: party('202'),
  },
  numbers: { caller: null, called: null, asserted: null, diverter: null, billing: null },
  privacy: false,
  user_id: null,
  meta: {},
  header: {},
  options: { timeout: 60, caller_id: null },
  auth: { user: 'u-201', domain: 'pbx.example.com' },
  task: 'task_1',
  legs: [],
  channels: [],
  max_duration: null,
  reserved_until: null,
  ...more,
});
