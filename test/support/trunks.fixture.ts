import type { TrunkItem } from '../../shared/dynamodb/rows/trunk.ts';

/** A carrier trunk as it is stored. */
export const trunkOf = (more: Partial<TrunkItem>): TrunkItem => ({
  id: 'trunk_1',
  org_id: 1_001,
  name: 'carrier',
  type: 'carrier',
  status: 'active',
  suspended_by_operator: false,
  host: 'a.example.com',
  port: 5_060,
  transport: 'udp',
  username: null,
  sealed_password: null,
  realm: null,
  codecs: [],
  max_channels: null,
  register: false,
  registration_epoch: 1,
  dtmf_mode: 'rfc2833',
  nat_support: true,
  caller_id_name: null,
  caller_id_number: null,
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});
