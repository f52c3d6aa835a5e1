import type { Call, CallLeg } from './call.ts';

const at = '2026-11-22T09:59:00.000Z';

/** A leg of a call to a gateway, or of the kind and state that `fields` give it. */
export const aLeg = (fields: Partial<CallLeg> = {}): CallLeg => ({
  role: 'destination',
  kind: 'gateway',
  target: '+46890510',
  number: '+46890510',
  user_id: null,
  device_id: null,
  line: null,
  gateway_id: 'gw_1',
  trunk_id: 'trunk_1',
  status: 'trying',
  timestamps: { trying: at },
  sip_code: null,
  q850: null,
  on_hold: false,
  muted: false,
  ...fields,
});

/** A call of a desk phone to a number over a gateway, just begun. */
export const aCall = (fields: Partial<Call> = {}): Call => ({
  id: 'call_01M80C4A3X5J5YNXFESCQD4901',
  org_id: 1_001,
  status: 'created',
  began_by: 'phone',
  direction: 'outbound',
  source: {
    endpoint: { type: 'device', id: 'dev_1' },
    caller: { scheme: 'sip', user: '+4610100555', name: '' },
    asserted: { scheme: 'sip', user: '+4610100555', name: '' },
  },
  destination: {
    endpoint: { type: 'phone', number: '+46890510' },
    requested: { scheme: 'sip', user: '0890510', name: '' },
    to: { scheme: 'sip', user: '+46890510', name: '' },
  },
  numbers: {
    caller: '+4610100555',
    called: '+46890510',
    asserted: '+4610100555',
    diverter: null,
    billing: '+4610100555',
  },
  privacy: false,
  user_id: 'usr_1',
  meta: {},
  header: {},
  options: { timeout: 30, caller_id: null },
  auth: { user: 'f8ab70c893d0e9f715094b', domain: 'example.com' },
  task: 'task_1',
  legs: [
    aLeg({
      role: 'source',
      kind: 'device',
      target: 'f8ab70c893d0e9f715094b',
      number: null,
      user_id: 'usr_1',
      device_id: 'dev_1',
      gateway_id: null,
      trunk_id: null,
    }),
    aLeg(),
  ],
  channels: [
    { kind: 'organization', id: '', direction: 'outbound' },
    { kind: 'device', id: 'dev_1', direction: 'outbound' },
    { kind: 'gateway', id: 'gw_1', direction: 'outbound' },
    { kind: 'trunk', id: 'trunk_1', direction: 'outbound' },
  ],
  timestamps: { created: at },
  hangup: null,
  max_duration: null,
  reserved_until: null,
  cdr: 'none',
  seen_at: at,
  created_at: at,
  updated_at: at,
  version: 1,
  ...fields,
});
