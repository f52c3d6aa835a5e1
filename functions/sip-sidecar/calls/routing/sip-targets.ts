import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Channel } from '#telephony/call.ts';
import type { Gateway } from '#telephony/gateway.ts';
import { sipUri, parseUri, isSipUri, userOf, type SipUri } from '#sip/uri.ts';
import { claimOf } from '#telephony/shared-host.ts';
import { settingsOf } from '#telephony/peer-settings.ts';
import { type SipTransport, defaultPort, transports } from '#telephony/sip-peer.ts';
import { hostOfAddress } from '#sip/host.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { Fault } from '#sip/fault.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import { noParty } from '../call/record.ts';
import { peerAudioOf } from '../../media/peer-audio.ts';
import type { PhoneContact } from '../directory/directory.ts';
import type { PeerTrust, Target } from './target.ts';

/** Targets that are reached by SIP: phones, gateways, trunks, and URIs. */

/** Of a trunk, by its type. */
export const trustOf = ({ type }: Pick<TrunkItem, 'type'>): PeerTrust => (type === 'peer' ? 'stranger' : type);

const channel = (kind: 'gateway' | 'trunk', id: string): Channel => ({ kind, id, direction: 'outbound' });

/** A gateway with a peer of its own. Undefined: it uses a trunk. */
export function gatewayTarget(gateway: Gateway, number: string): Target | undefined {
  const { peer, id, org_id: organization } = gateway;
  if (peer === null) return undefined;
  return {
    party: { ...noParty, kind: 'gateway', target: number, gateway_id: id },
    uri: sipUri({ user: number, ...uriHost(peer) }),
    to: {
      kind: 'peer',
      peer,
      account: accountOf(peer, { organization, id, field: 'password' }),
      claim: claimOf(gateway),
    },
    trust: 'stranger',
    callerNumber: gateway.caller_id_number,
    acceptsForeign: gateway.foreign_caller_id ?? false,
    isSigned: gateway.stir === 'sign',
    encryption: settingsOf(peer).media_encryption,
    fax: settingsOf(peer).fax,
    audio: peerAudioOf(peer),
    channels: [channel('gateway', id)],
    limits: { [`gateway/${id}`]: { total: peer.max_channels } },
  };
}

/**
 * A trunk in service. Undefined: it is not.
 * @param number as it is sent
 * @param gateway the gateway that uses the trunk
 */
export function trunkTarget(trunk: TrunkItem, number: string, gateway?: Gateway): Target | undefined {
  if (trunk.status !== 'active' || trunk.suspended_by_operator) return undefined;
  const { id, org_id: organization } = trunk;
  return {
    party: {
      ...noParty,
      kind: gateway === undefined ? 'trunk' : 'gateway',
      target: number,
      gateway_id: gateway?.id ?? null,
      trunk_id: id,
    },
    uri: sipUri({ user: number, ...uriHost(trunk) }),
    to: {
      kind: 'peer',
      peer: trunk,
      account: accountOf(trunk, { organization, id, field: 'password' }),
      claim: claimOf(trunk),
    },
    trust: trustOf(trunk),
    callerNumber: gateway?.caller_id_number ?? trunk.caller_id_number,
    callerName: trunk.caller_id_name,
    acceptsForeign: trunk.foreign_caller_id ?? false,
    isSigned: gateway?.stir === 'sign',
    encryption: settingsOf(trunk).media_encryption,
    fax: settingsOf(trunk).fax,
    audio: peerAudioOf(trunk),
    channels: [...(gateway === undefined ? [] : [channel('gateway', gateway.id)]), channel('trunk', id)],
    limits: { [`trunk/${id}`]: { total: trunk.max_channels } },
  };
}

const uriHost = ({ host, port, transport }: { host: string; port: number; transport: SipTransport }) => ({
  host: hostOfAddress(host),
  ...(port === defaultPort(transport) ? {} : { port }),
});

const accountOf = (
  { username, sealed_password, realm }: Pick<TrunkItem, 'username' | 'sealed_password' | 'realm'>,
  sealedFor: { readonly organization: number; readonly id: string; readonly field: string },
) => (username === null || sealed_password === null ? null : { username, sealed_password, realm, sealedFor });

/** The contacts of a phone line. */
export const lineTargets = (
  { username, user_id }: Pick<PhoneLine, 'username' | 'user_id'>,
  bindings: readonly BindingItem[],
): readonly Target[] =>
  bindings.flatMap((binding) =>
    phoneTarget(binding, {
      party: { ...noParty, kind: 'line', target: username, line: username, user_id },
      channels: [{ kind: 'line', id: username, direction: 'inbound' }],
    }),
  );

function phoneTarget(binding: BindingItem, side: Pick<Target, 'party' | 'channels' | 'encryption'>): readonly Target[] {
  const uri = parseUri(binding.contact);
  if (uri instanceof Fault || !isSipUri(uri)) return [];
  return [
    {
      ...side,
      uri,
      to: { kind: 'phone', flow: { ...binding.flow, task: binding.owner } },
      trust: 'phone',
      callerNumber: null,
      limits: {},
    },
  ];
}

/** The contacts of phones as targets that ring together. */
export const targetsOf = (contacts: readonly PhoneContact[]): readonly Target[] =>
  contacts.flatMap(({ binding, device, line }) =>
    phoneTarget(binding, {
      party: { ...noParty, kind: 'device', target: line.extension, user_id: device.user_id, device_id: device.id },
      channels: [{ kind: 'device', id: device.id, direction: 'inbound' }],
      ...(device.media_encryption && { encryption: device.media_encryption }),
    }),
  );

/** A SIP URI that the template names. */
export function sipTarget(organization: OrganizationItem, text: string): Target | undefined {
  const uri = parseUri(text);
  if (uri instanceof Fault || !isSipUri(uri) || uri.headers !== undefined || uri.port === 0) return undefined;
  const transport = transportOf(uri);
  if (transport === undefined || uri.parameters.has('maddr')) return undefined;
  const user = userOf(uri) ?? '';
  return {
    party: { ...noParty, kind: 'sip', target: user, number: readNumber(user, numberOriginOf(organization)) },
    uri,
    to: {
      kind: 'peer',
      peer: { host: uri.host.replace(/^\[(.*)\]$/, '$1'), port: uri.port ?? defaultPort(transport), transport },
      account: null,
      claim: { org_id: organization.org_id, id: null, since: null, consent: null },
    },
    trust: 'stranger',
    callerNumber: null,
    channels: [],
    limits: {},
  };
}

/** The transport that a URI names. Undefined: none that is used between hosts. */
export function transportOf({ scheme, parameters }: SipUri): SipTransport | undefined {
  if (scheme === 'sips') return 'tls';
  const named = parameters.get('transport')?.toLowerCase() ?? 'udp';
  return transports.find((each) => each === named);
}
