import * as z from 'zod';
import { omit } from '#schema/omit.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import type { Gateway } from '#telephony/gateway.ts';
import { NumberFormat } from '#telephony/number-format.ts';
import { peerSettingAnswers, presentSettings } from '#telephony/peer-setting-fields.ts';
import { codecs, transports } from '#telephony/sip-peer.ts';
import { addressTypes } from '#telephony/trunk-addresses.ts';
import {
  presentRegistration,
  registrationError,
  registrationStates,
  trunkStatus,
  type TrunkRegistration,
} from '#telephony/trunk-registration.ts';
import { trunkTypes, type Trunk } from '#telephony/trunk.ts';
import { referencesTo, type RoutingPolicy } from '../../dialplan/schema/policy.ts';
import { dtmfModes } from './sip-trunk.ts';

/** Trunks as answered. */

export const trunkStatuses = ['pending', 'active', 'inactive', 'suspended'] as const;

const Address = z.object({
  id: Id('ip').describe('Id of the address'),
  address: z.string().describe('IPv4 or IPv6 address'),
  type: z.enum(addressTypes).describe('What it is used for'),
  port: z.int().describe('Port'),
  priority: z.int().describe('Lower values are tried first'),
  active: z.boolean().describe('Whether it is used'),
  trusted: z.boolean().describe('Whether the seller or the operator vouches for it'),
  proven: z.boolean().describe('Whether its holder has answered a challenge'),
  created_at: Timestamp.describe('Time of creation'),
});

const TrunkRoute = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('gateway').describe('A gateway that uses the trunk'),
    id: Id('gw').describe('Id of the gateway'),
    name: z.string().describe('Name of the gateway'),
  }),
  z.object({
    type: z.literal('policy').describe('A policy that routes to one of these gateways'),
    id: Id('pol').describe('Id of the policy'),
    name: z.string().describe('Name of the policy'),
    priority: z.int().describe('Priority of the policy'),
    pattern: z.string().describe('Pattern of the policy'),
  }),
  z.object({
    type: z.literal('number').describe('A number that routes to the trunk'),
    id: Id('num').describe('Id of the number'),
    number: z.string().describe('The number (E.164)'),
  }),
]);
type TrunkRoute = z.input<typeof TrunkRoute>;

const Registration = z.object({
  state: z.enum(registrationStates).describe('State of the registration; `none`: the trunk does not register'),
  expires_at: Timestamp.nullable().describe('Expiry of the binding at the peer'),
  last_attempt: Timestamp.nullable().describe('Time of the last REGISTER'),
  next_attempt: Timestamp.nullable().describe('Time of the next REGISTER'),
  service_route: z
    .array(z.string())
    .describe('Routes that calls follow (`Service-Route`, RFC 3608). The first one is at the host or its proxy'),
  associated_uris: z
    .array(z.string())
    .describe('URIs that the peer associates with the account (`P-Associated-URI`, RFC 7315). They grant nothing'),
});

const LastError = z.object({
  code: z
    .int()
    .describe('SIP status code; 408: no response, 503: not sent, 200: registered, but a part of the answer is ignored'),
  reason: z.string().describe('Reason phrase'),
  at: Timestamp.describe('Time of the failure'),
});

/** A trunk as answered. It never contains the password. */
export const SipTrunk = z
  .object({
    id: Id('trunk').describe('Id of the trunk'),
    name: z.string().describe('Display name'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    status: z
      .enum(trunkStatuses)
      .describe('`pending` until a REGISTER succeeds, and again after the registration expires without a refresh'),
    type: z.enum(trunkTypes).describe('What the trunk connects to'),
    protocol: z.literal('sip').describe('Always `sip`'),
    transport: z.enum(transports).describe('SIP transport'),
    host: z.string().describe('Host name or IP address of the peer'),
    port: z.number().int().describe('SIP port of the peer'),
    username: z.string().nullable().describe('User name for REGISTER and for authentication challenges'),
    has_password: z.boolean().describe('Whether a password is stored'),
    realm: z.string().nullable().describe('Realm whose challenges are answered; null: any realm'),
    inbound_username: z
      .string()
      .nullable()
      .describe('SIP user name with which the PBX or peer calls from its addresses; null: none, as for carriers'),
    inbound_password: z
      .string()
      .optional()
      .describe('Its password. Only in the answer to the request that made it; an idempotent repetition lacks it'),
    register: z.boolean().describe('Whether the trunk registers with the peer'),
    registration: Registration.describe('Registration with the peer'),
    last_error: LastError.nullable().describe(
      'Why the last REGISTER failed; null after a success that is followed whole',
    ),
    max_channels: z
      .number()
      .int()
      .nullable()
      .describe('Maximum number of simultaneous calls; null: the limit of the organization'),
    codecs: z.array(z.enum(codecs)).describe('Codecs in order of preference'),
    dtmf_mode: z.enum(dtmfModes).describe('How digits (DTMF) pass'),
    nat_support: z.boolean().describe('Whether keep-alives are sent to the peer'),
    caller_id_name: z.string().nullable().describe('Caller name to present'),
    caller_id_number: z.string().nullable().describe('Caller number to present (E.164)'),
    number_format: NumberFormat.nullable().describe(
      'How the peer writes numbers in its calls; null: as `settings.numbers` of the organization, else its country',
    ),
    shared_host: z.boolean().describe('Whether the seller consents to calls to a host that other organizations use'),
    foreign_caller_id: z.boolean().describe('Whether the peer accepts caller numbers that are not the organization’s'),
    trusts_verstat: z.boolean().describe('Whether `verstat` and attestation of its calls count without a signature'),
    ...peerSettingAnswers,
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    ips: z.array(Address).optional().describe('Addresses, with `include=ips`'),
    routes: z.array(TrunkRoute).optional().describe('What uses the trunk, with `include=routes`'),
  })
  .meta({ id: 'SipTrunk' });

/** A trunk as answered. @param now ISO 8601 */
export function presentTrunk(
  trunk: Trunk,
  registration: TrunkRegistration | undefined,
  now: string,
): z.input<typeof SipTrunk> {
  return {
    ...omit(trunk, 'version', 'org_id', 'suspended_by_operator', 'registration_epoch', 'sealed_password', 'host_since'),
    codecs: [...trunk.codecs],
    ...presentSettings(trunk),
    inbound_username: trunk.inbound_username ?? null,
    number_format: trunk.number_format ?? null,
    shared_host: (trunk.shared_host ?? null) !== null,
    foreign_caller_id: trunk.foreign_caller_id ?? false,
    trusts_verstat: trunk.trusts_verstat ?? false,
    organization_id: organizationText(trunk.org_id),
    protocol: 'sip',
    status: trunkStatus(trunk, registration, now),
    has_password: trunk.sealed_password !== null,
    registration: presentRegistration(trunk, registration, now),
    last_error: registrationError(trunk, registration, now),
  };
}

/** The same as XML: an element for each field, in the order of the schema. */
export function trunkDocument(trunk: z.input<typeof SipTrunk>) {
  const { codecs: names, ips, routes, registration, ...fields } = SipTrunk.parse(trunk);
  return {
    siptrunk: {
      ...fields,
      registration: {
        ...registration,
        service_route: { route: registration.service_route },
        associated_uris: { uri: registration.associated_uris },
      },
      codecs: { codec: names },
      ...(ips === undefined ? {} : { ips: { ip: ips } }),
      ...(routes === undefined ? {} : { routes: { route: routes } }),
    },
  };
}

/** What uses a trunk: its gateways, the policies that name those, and the numbers that route to it. */
export const routesOf = (
  gateways: readonly Gateway[],
  policies: readonly RoutingPolicy[],
  numbers: readonly { readonly id: string; readonly number: string }[],
): TrunkRoute[] => [
  ...gateways.map(({ id, name }) => ({ type: 'gateway' as const, id, name })),
  ...policies
    .filter((policy) => gateways.some((gateway) => referencesTo(gateway, policy).length > 0))
    .map(({ id, name, priority, conditions: { pattern } }) => ({
      type: 'policy' as const,
      id,
      name,
      priority,
      pattern,
    })),
  ...numbers.map(({ id, number }) => ({ type: 'number' as const, id, number })),
];
