import * as z from 'zod';
import { AppError, invalid } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { Id, Name, OrganizationId, organizationText, text, Timestamp } from '../../../shared/schema/values.ts';
import { addressTypes } from '../../../shared/telephony/trunk-addresses.ts';
import {
  codecs,
  peerFields,
  portAfter,
  SipHost,
  transports,
  defaultCodecs,
  defaultPort,
} from '../../../shared/telephony/sip-peer.ts';
import {
  keepsRegistered,
  registrationStates,
  registrationError,
  presentRegistration,
  trunkStatus,
  newRegistration,
  type TrunkRegistration,
} from '../../../shared/telephony/trunk-registration.ts';
import type { Gateway } from '../../../shared/telephony/gateway.ts';
import { trunkTypes, type Trunk, type TrunkType } from '../../../shared/telephony/trunk.ts';
import { referencesTo, type RoutingPolicy } from '../../dialplan/dialplan-policies/named-gateway.ts';

/** SIP trunks: what the platform is connected to (seed 001; telephony.md, "Trunks"). */

export const trunkStatuses = ['pending', 'active', 'inactive', 'suspended'] as const;
const dtmfModes = ['rfc2833', 'inband', 'info'] as const;

const optionalFields = z
  .object({
    ...peerFields,
    register: z.boolean(),
    dtmf_mode: z.enum(dtmfModes),
    nat_support: z.boolean(),
    caller_id_name: text(64).nullable(),
  })
  .partial();

/** Body of PUT: what a trunk shall be; absent optional fields take their defaults, an absent password stays. */
export const NewSipTrunk = optionalFields
  .extend({
    name: Name,
    organization_id: OrganizationId.optional(),
    /** May be missing where the path says it. */
    type: z.enum(trunkTypes).optional(),
    host: SipHost,
  })
  .meta({ id: 'NewSipTrunk' });
export type NewSipTrunk = z.output<typeof NewSipTrunk>;

/** Body of POST: the fields to change. */
export const SipTrunkChange = optionalFields
  .extend({
    name: Name.optional(),
    organization_id: OrganizationId.optional(),
    type: z.enum(trunkTypes).optional(),
    host: SipHost.optional(),
    status: z.enum(['active', 'inactive', 'suspended']).optional(),
  })
  .meta({ id: 'SipTrunkChange' });
export type SipTrunkChange = z.output<typeof SipTrunkChange>;

const ShownIp = z.object({
  id: Id('ip'),
  address: z.string(),
  type: z.enum(addressTypes),
  port: z.int(),
  priority: z.int(),
  active: z.boolean(),
  created_at: Timestamp,
});
const ShownRoute = z.discriminatedUnion('type', [
  z.object({ type: z.literal('gateway'), id: Id('gw'), name: z.string() }),
  z.object({ type: z.literal('policy'), id: Id('pol'), name: z.string(), priority: z.int(), pattern: z.string() }),
  z.object({ type: z.literal('number'), id: Id('num'), number: z.string() }),
]);
type ShownRoute = z.input<typeof ShownRoute>;

/** As answered. */
export const SipTrunk = z
  .object({
    id: Id('trunk'),
    name: z.string(),
    organization_id: z.string(),
    status: z.enum(trunkStatuses),
    type: z.enum(trunkTypes),
    protocol: z.literal('sip'),
    transport: z.enum(transports),
    host: z.string(),
    port: z.number().int(),
    username: z.string().nullable(),
    has_password: z.boolean(),
    realm: z.string().nullable(),
    register: z.boolean(),
    registration: z.object({
      state: z.enum(registrationStates),
      expires_at: Timestamp.nullable(),
      last_attempt: Timestamp.nullable(),
      next_attempt: Timestamp.nullable(),
    }),
    /** Why the last REGISTER failed. */
    last_error: z.object({ code: z.int(), reason: z.string(), at: Timestamp }).nullable(),
    max_channels: z.number().int().nullable(),
    codecs: z.array(z.enum(codecs)),
    dtmf_mode: z.enum(dtmfModes),
    nat_support: z.boolean(),
    caller_id_name: z.string().nullable(),
    caller_id_number: z.string().nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
    /** With `include=ips`. */
    ips: z.array(ShownIp).optional(),
    /** With `include=routes`. */
    routes: z.array(ShownRoute).optional(),
  })
  .meta({ id: 'SipTrunk' });

/** A password that was sealed; null takes it away, undefined leaves what is there. */
export type SealedPassword = string | null | undefined;

type Stamp = {
  readonly id: string;
  readonly organization: number;
  readonly type: TrunkType | undefined;
  readonly now: string;
};

/** What a request that does not say otherwise means. */
const defaultTrunk = {
  status: 'active',
  suspended_by_operator: false,
  transport: 'udp',
  username: null,
  realm: null,
  register: false,
  registration_epoch: 1,
  max_channels: null,
  codecs: defaultCodecs,
  dtmf_mode: 'rfc2833',
  nat_support: false,
  caller_id_name: null,
  caller_id_number: null,
  version: 1,
} as const;

/** A trunk as it is first stored. @throws AppError 400, 422 */
export function newTrunk(wanted: NewSipTrunk, sealed: SealedPassword, { id, organization, type, now }: Stamp): Trunk {
  if (type === undefined)
    throw new AppError('MISSING_FIELD', 'Required: type', { details: [{ path: 'type', message: 'is required' }] });
  const { organization_id: _, password: __, type: ___, name, host, ...optional } = wanted;
  const port = defaultPort(wanted.transport ?? defaultTrunk.transport);
  return registrable({
    ...defaultTrunk,
    port,
    ...given(optional),
    id,
    org_id: organization,
    name,
    host,
    type,
    sealed_password: sealed ?? null,
    created_at: now,
    updated_at: now,
  });
}

/**
 * The trunk that a PUT of an existing id makes of it: what was left out goes back to its default, but for the password.
 */
export function replacedTrunk(trunk: Trunk, wanted: NewSipTrunk, sealed: SealedPassword, now: string): Trunk {
  const fresh = newTrunk(wanted, sealed === undefined ? trunk.sealed_password : sealed, {
    id: trunk.id,
    organization: trunk.org_id,
    type: wanted.type ?? trunk.type,
    now,
  });
  return inNextEpoch(trunk, {
    ...fresh,
    status: trunk.status,
    suspended_by_operator: trunk.suspended_by_operator,
    created_at: trunk.created_at,
    version: trunk.version + 1,
  });
}

type Changing = {
  readonly organization: number;
  /** Whether the operator asks. */ readonly isOperator: boolean;
  readonly now: string;
};

/** The trunk with the changes of a POST. @throws AppError 403, 422 */
export function changedTrunk(
  trunk: Trunk,
  wanted: SipTrunkChange,
  sealed: SealedPassword,
  { organization, isOperator, now }: Changing,
): Trunk {
  const { organization_id: named, password: _, status = trunk.status, ...fields } = wanted;
  if (named !== undefined && named !== organization)
    throw invalid('organization_id', 'a trunk stays with its organization');
  const after = registrable({
    ...trunk,
    ...given(fields),
    status,
    org_id: organization,
    suspended_by_operator: suspendedByOperator(trunk, wanted.status, isOperator),
    port: wanted.port ?? portAfter(trunk, wanted.transport ?? trunk.transport),
    sealed_password: sealed === undefined ? trunk.sealed_password : sealed,
    updated_at: now,
    version: trunk.version + 1,
  });
  return inNextEpoch(trunk, after, wanted.status === 'active');
}

/** @throws AppError OPERATOR_ONLY for others than the operator, who lift what the operator did */
function suspendedByOperator(trunk: Trunk, status: SipTrunkChange['status'], isOperator: boolean): boolean {
  if (status === undefined) return trunk.suspended_by_operator;
  if (status === 'suspended') return trunk.suspended_by_operator || isOperator;
  if (trunk.suspended_by_operator && !isOperator)
    throw new AppError('OPERATOR_ONLY', 'The operator suspended this trunk, and alone lifts that');
  return false;
}

/** @throws AppError VALIDATION_FAILED for a trunk that is to register and cannot */
function registrable(trunk: Trunk): Trunk {
  if (!trunk.register) return trunk;
  if (trunk.username === null) throw invalid('username', 'is needed to register');
  if (trunk.sealed_password === null) throw invalid('password', 'is needed to register');
  return trunk;
}

const registeredBy = [
  'host',
  'port',
  'transport',
  'username',
  'sealed_password',
  'realm',
  'register',
] as const satisfies readonly (keyof Trunk)[];

/** Another place or other credentials are registered anew, and so is what is told to be active. */
function inNextEpoch(before: Trunk, after: Trunk, isTold = false): Trunk {
  const registersAnew =
    isTold ||
    keepsRegistered(before) !== keepsRegistered(after) ||
    registeredBy.some((field) => before[field] !== after[field]);
  return { ...after, registration_epoch: before.registration_epoch + (registersAnew ? 1 : 0) };
}

/** As answered; the password is never there. `now`: ISO 8601. */
export function presentTrunk(
  trunk: Trunk,
  registration: TrunkRegistration | undefined,
  now: string,
): z.input<typeof SipTrunk> {
  const {
    version: _,
    org_id: organization,
    suspended_by_operator: __,
    registration_epoch: ___,
    sealed_password: password,
    ...shown
  } = trunk;
  return {
    ...shown,
    codecs: [...shown.codecs],
    organization_id: organizationText(organization),
    protocol: 'sip',
    status: trunkStatus(trunk, registration, now),
    has_password: password !== null,
    registration: presentRegistration(trunk, registration, now),
    last_error: registrationError(trunk, registration, now),
  };
}

/** As XML, with an element for each field, in the order of the schema. */
export function trunkDocument(shown: z.input<typeof SipTrunk>) {
  const { codecs: names, ips, routes, ...fields } = SipTrunk.parse(shown);
  return {
    siptrunk: {
      ...fields,
      codecs: { codec: names },
      ...(ips === undefined ? {} : { ips: { ip: ips } }),
      ...(routes === undefined ? {} : { routes: { route: routes } }),
    },
  };
}

type Named = { readonly id: string; readonly name: string };
type RoutedNumber = { readonly id: string; readonly number: string };

/** @throws AppError TRUNK_IN_USE, with up to 20 of what uses it */
export function rejectInUse(gateways: readonly Named[], numbers: readonly RoutedNumber[]): void {
  const users = [
    ...gateways.map(({ id, name }) => ({ path: id, message: `gateway ${name} goes by it` })),
    ...numbers.map(({ id, number }) => ({ path: id, message: `number ${number} leads to it` })),
  ];
  if (users.length === 0) return;
  throw new AppError(
    'TRUNK_IN_USE',
    'Gateways or numbers use this trunk; force=true deletes it, disables those and takes the routes of these away',
    { details: users.slice(0, 20) },
  );
}

/**
 * Which registration a change begins: none is kept any more (null), it stays as it is (undefined), or it is made
 * anew. `told`: the trunk was told to be active, and counts as that until it fails.
 */
export function registrationAfter(
  before: Trunk | undefined,
  after: Trunk,
  now: string,
  told = false,
): TrunkRegistration | null | undefined {
  if (!keepsRegistered(after)) return before !== undefined && keepsRegistered(before) ? null : undefined;
  return before?.registration_epoch === after.registration_epoch
    ? undefined
    : newRegistration(after.registration_epoch, now, told ? 'active' : 'pending');
}

/** The trunk's routes: gateways that go by it, the policies that name those, and numbers that lead to it. */
export const routesOf = (
  gateways: readonly Gateway[],
  policies: readonly RoutingPolicy[],
  numbers: readonly RoutedNumber[],
): ShownRoute[] => [
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

/** Gateways that are disabled together with their trunk; more are left to the task that removes remains. */
export const disabledAtOnce = 18;
