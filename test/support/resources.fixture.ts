import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { addressWrites, trunkIpsRow } from '#functions/telephony/rows/trunk-ip.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { Device } from '#schema/device.ts';
import type { Domain } from '#schema/domain.ts';
import type { Gateway, GatewayPeer } from '#telephony/gateway.ts';
import type { PingSettings } from '#telephony/gateway-health.ts';
import { defaultCodecs } from '#telephony/sip-peer.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import type { TrunkIp } from '#telephony/trunk-addresses.ts';

/** Resources of the organization 1001 as they are stored; `more` replaces their fields. */

/** A SIP peer without credentials. */
export const peerOf = (more: Partial<GatewayPeer> = {}): GatewayPeer => ({
  host: 'a.example.com',
  port: 5_060,
  transport: 'udp',
  username: null,
  sealed_password: null,
  realm: null,
  codecs: defaultCodecs,
  max_channels: null,
  ...more,
});

/** A carrier trunk that does not register. */
export const trunkOf = (more: Partial<TrunkItem> = {}): TrunkItem => ({
  id: 'trunk_1',
  org_id: 1_001,
  name: 'carrier',
  type: 'carrier',
  status: 'active',
  suspended_by_operator: false,
  ...peerOf(),
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

/** The documented defaults of pings. */
export const pingOf = (more: Partial<PingSettings> = {}): PingSettings => ({
  enabled: true,
  interval_seconds: 30,
  timeout_ms: 5_000,
  degraded_ms: 200,
  degraded_loss_percent: 5,
  down_after: 3,
  up_after: 3,
  ...more,
});

/** A pinged gateway without trunk or peer: each has one of the two. */
export const gatewayOf = (more: Partial<Gateway> = {}): Gateway => ({
  id: 'gw_1',
  org_id: 1_001,
  name: 'pstn',
  enabled: true,
  prefix: '',
  strip: 0,
  trunk_id: null,
  peer: null,
  caller_id_number: null,
  ping: pingOf(),
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

/** A number for calls that costs nothing and routes to nothing. */
export const numberOf = (more: Partial<PhoneNumber> = {}): PhoneNumber => ({
  id: 'num_1',
  number: '+14155550100',
  country: 'US',
  type: 'geographic',
  state: 'active',
  org_id: 1_001,
  offered: ['voice'],
  capabilities: ['voice'],
  label: null,
  route: null,
  max_channels: null,
  max_inbound: null,
  max_outbound: null,
  monthly_fee: 0,
  activated_at: null,
  released_at: null,
  quarantine_until: null,
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

/** A Yealink phone without lines. */
export const deviceOf = (more: Partial<Device> = {}): Device => ({
  id: 'dev_1',
  kind: 'phone',
  mac_address: '00:15:65:00:00:01',
  name: null,
  user_id: null,
  model: null,
  manufacturer: 'Yealink',
  template_id: 'tmpl_standard',
  lines: [],
  settings: {},
  provisioning_status: 'pending',
  config_version: 1,
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

/** A domain from which e-mail may be sent. */
export const domainOf = (more: Partial<Domain> = {}): Domain => ({
  id: 'dom_1',
  org_id: 1_001,
  parent_id: 1_000,
  domain: 'a.example',
  type: 'primary',
  status: 'active',
  ssl_enabled: true,
  settings: { default_transport: 'udp', nat_keepalive: true },
  dns_verification_record: 'voiceplatform-verify=x',
  verified_at: '2026-11-20T10:00:00.000Z',
  email_status: 'verified',
  dkim: [],
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

/** Sets the addresses of a trunk as its endpoint does. @throws AppError IP_IN_USE */
export async function setAddresses(store: Store, trunk: TrunkItem, ips: readonly TrunkIp[]): Promise<void> {
  const table = tableFor<'trunkip' | 'trunkip-address'>(store, trunk.org_id);
  const read = await table.get(trunkIpsRow, { trunk_id: trunk.id });
  await commit(
    store,
    trunk.org_id,
    await addressWrites(table, {
      trunk,
      owner: { org_id: trunk.org_id, parent_id: operatorOrganization },
      read,
      after: ips,
    }),
  );
}
