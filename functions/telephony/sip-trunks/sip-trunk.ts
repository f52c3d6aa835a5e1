import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { AppError, errorKinds, invalid, missingField, notYetSupported } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import { Name, OrganizationId, text } from '#schema/values.ts';
import {
  defaultCodecs,
  defaultPort,
  peerFields,
  portAfter,
  SipHost,
  type SealedPassword,
} from '#telephony/sip-peer.ts';
import { foreignCallerIdAfter, foreignCallerIdField } from '#telephony/foreign-caller-id.ts';
import {
  assertOwnCaller,
  assertSettings,
  peerSettingFields,
  settingsAfter,
  withoutSettings,
} from '#telephony/peer-setting-fields.ts';
import { keepsRegistered, newRegistration, type RegistrationChange } from '#telephony/trunk-registration.ts';
import { NumberFormat } from '#telephony/number-format.ts';
import { settingsOf } from '#telephony/peer-settings.ts';
import { sharedHostField, sharingAfter, type SharingRequest } from '#telephony/shared-host.ts';
import { trunkTypes, type Trunk, type TrunkType } from '#telephony/trunk.ts';
import { verstatTrustAfter, verstatTrustField } from '#telephony/verstat-trust.ts';

/** SIP trunks: connections to carriers, PBXs and peers (`functions/telephony/README.md`, "Trunks"). */

export const trunkErrors = errorKinds({
  TRUNK_NAME_EXISTS: [409, 'A trunk with this name exists.'],
  TRUNK_HAS_ACTIVE_CALLS: [409, 'The trunk has active calls.'],
  TRUNK_IN_USE: [409, 'Other resources refer to the trunk; `details` lists them.'],
});

export const dtmfModes = ['rfc2833', 'inband', 'info'] as const;

const optionalFields = z
  .object({
    ...peerFields,
    ...peerSettingFields,
    ...sharedHostField,
    ...foreignCallerIdField,
    ...verstatTrustField,
    register: z.boolean().describe('Register with the peer; needs `username` and a password. Default false'),
    dtmf_mode: z
      .enum(dtmfModes)
      .describe(
        'How digits (DTMF) pass; default `rfc2833`: events (RFC 4733), or tones where the peer has no events. ' +
          '`inband`: tones only, which the media relay turns into events of phones, and back. `info` is not ' +
          'supported yet: digits of the peer in INFO requests count in any mode',
      ),
    nat_support: z.boolean().describe('Send a keep-alive every 25 s, so that a NAT keeps its mapping; default false'),
    caller_id_name: text(64)
      .nullable()
      .describe('Name in From of calls to the peer, beside numbers of the organization; null: none'),
    number_format: NumberFormat.nullable().describe(
      'How the peer writes numbers in its calls that have no plus: `0046…`, `46…`, national ones. Absent parts are ' +
        'those of `settings.numbers` of the organization, else those of its country. Only the seller changes it, as ' +
        'it decides the rate of a number. Without it the stored one is kept; null removes it',
    ),
  })
  .partial();

const TrunkName = Name.describe('Display name, unique in the organization, case ignored');
const Host = SipHost.describe('Host name or IP address of the peer');
const Type = z.enum(trunkTypes).describe('What the trunk connects to');

/** Body of PUT. Absent fields get their defaults; when replacing, an absent password or number format is kept. */
export const NewSipTrunk = optionalFields
  .extend({
    name: TrunkName,
    organization_id: OrganizationId.optional(),
    type: Type.optional().describe('What the trunk connects to; required unless the path names it'),
    host: Host,
  })
  .meta({ id: 'NewSipTrunk' });
export type NewSipTrunk = z.output<typeof NewSipTrunk>;

/** Body of POST: the fields to change. */
export const SipTrunkChange = optionalFields
  .extend({
    name: TrunkName.optional(),
    organization_id: OrganizationId.optional(),
    type: Type.optional(),
    host: Host.optional(),
    status: z
      .enum(['active', 'inactive', 'suspended'])
      .optional()
      .describe(
        '`inactive`: unregistered, no calls; `suspended`: registered, calls rejected; `active`: in service. Only the ' +
          'operator ends a suspension that the operator set',
      ),
    rotate_inbound_password: z
      .boolean()
      .optional()
      .describe(
        'Make a new `inbound_password`, and a user name if there is none; the former password ends within a minute',
      ),
  })
  .meta({ id: 'SipTrunkChange' });
export type SipTrunkChange = z.output<typeof SipTrunkChange>;

const defaults = {
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

/** What only the seller says. */
const consents = ['shared_host', 'foreign_caller_id', 'trusts_verstat'] as const;

type Identity = {
  readonly id: string;
  readonly organization: number;
  readonly type: TrunkType | undefined;
  /** The stored mode, which may stay; undefined: there is none. */
  readonly dtmfMode?: Trunk['dtmf_mode'];
  /** ISO 8601. */
  readonly now: string;
};

/**
 * A trunk as first stored.
 * @param sealed its sealed password
 * @throws AppError MISSING_FIELD without a type, VALIDATION_FAILED, NOT_YET_SUPPORTED
 */
export function newTrunk(
  body: NewSipTrunk,
  sealed: SealedPassword,
  { id, organization, type, dtmfMode, now }: Identity,
): Trunk {
  if (type === undefined) throw missingField('type');
  assertDtmfMode(body.dtmf_mode, dtmfMode);
  const trunk: Trunk = {
    ...defaults,
    port: defaultPort(body.transport ?? defaults.transport),
    ...definedFields(withoutSettings(omit(body, 'organization_id', 'password', 'type', ...consents))),
    ...settingsAfter({}, body),
    id,
    org_id: organization,
    name: body.name,
    host: body.host,
    type,
    sealed_password: sealed ?? null,
    created_at: now,
    updated_at: now,
  };
  assertRegistrable(trunk);
  assertSettings(trunk);
  return trunk;
}

/**
 * The trunk after a PUT of its id: absent fields return to their defaults, except the password and the number format,
 * which the seller sets.
 * @param now ISO 8601
 * @throws AppError VALIDATION_FAILED
 */
export function replaceTrunk(trunk: Trunk, body: NewSipTrunk, sealed: SealedPassword, now: string): Trunk {
  const fresh = newTrunk(body, sealed === undefined ? trunk.sealed_password : sealed, {
    id: trunk.id,
    organization: trunk.org_id,
    type: body.type ?? trunk.type,
    dtmfMode: trunk.dtmf_mode,
    now,
  });
  const after = {
    ...fresh,
    inbound_username: trunk.inbound_username ?? null,
    number_format: (body.number_format === undefined ? trunk.number_format : body.number_format) ?? null,
    status: trunk.status,
    suspended_by_operator: trunk.suspended_by_operator,
    created_at: trunk.created_at,
    version: trunk.version + 1,
  };
  return { ...after, registration_epoch: epochAfter(trunk, after) };
}

/**
 * The trunk with what its seller says of its host and its calls.
 * @param foreign whether the host is to accept caller numbers of others
 * @param trusts whether claims about callers are to count
 * @throws AppError NOT_THE_SELLER, VALIDATION_FAILED
 */
export function withConsents(
  before: Trunk | undefined,
  after: Trunk,
  request: SharingRequest & {
    readonly foreign: boolean | undefined;
    readonly trusts: boolean | undefined;
    readonly isRotated: boolean;
  },
): Trunk {
  const accepts = foreignCallerIdAfter(before, after, { wanted: request.foreign, seller: request.seller });
  assertOwnCaller(after, accepts);
  const trusts = verstatTrustAfter(before, after, { ...request, wanted: request.trusts });
  return { ...after, ...sharingAfter(before, after, request), ...accepts, ...trusts };
}

/**
 * The format decides which rate a number has, so no organization sets it for its own trunks.
 * @throws AppError NOT_THE_SELLER if another caller than the seller changes it
 */
export function assertMayFormat(
  { number_format: wanted }: Pick<NewSipTrunk, 'number_format'>,
  { number_format: current = null }: Pick<Trunk, 'number_format'>,
  isSeller: boolean,
): void {
  if (isSeller || wanted === undefined || isDeepStrictEqual(wanted, current)) return;
  throw new AppError('NOT_THE_SELLER', 'Only the seller may change how numbers of a trunk are written', {
    details: [{ path: 'number_format', message: 'may be changed by the seller only' }],
  });
}

/** A mode from before it was rejected stays. @throws AppError NOT_YET_SUPPORTED */
function assertDtmfMode(wanted: Trunk['dtmf_mode'] | undefined, stored: Trunk['dtmf_mode'] | undefined): void {
  if (wanted === 'info' && stored !== 'info') throw notYetSupported('dtmf_mode');
}

/** What becomes of the credentials with which a PBX or a peer calls. Carriers have none. */
export type InboundChange = 'keep' | 'make' | 'rotate' | 'end';

/**
 * Credentials are made with the trunk, when a carrier becomes a PBX or a peer, and on request.
 * @param before undefined for a new trunk
 * @throws AppError VALIDATION_FAILED
 */
export function inboundChange(
  before: Pick<Trunk, 'type' | 'inbound_username'> | undefined,
  { type }: Pick<Trunk, 'type'>,
  isRotated = false,
): InboundChange {
  const has = typeof before?.inbound_username === 'string';
  if (type === 'carrier') {
    if (isRotated) throw invalid('rotate_inbound_password', 'a carrier calls without credentials');
    return has ? 'end' : 'keep';
  }
  if (has) return isRotated ? 'rotate' : 'keep';
  return isRotated || before?.type !== type ? 'make' : 'keep';
}

/** Fields of a POST that say what is to be done, or that only the seller changes. */
const notOfTrunk = [
  'organization_id',
  'password',
  'rotate_inbound_password',
  ...consents,
] as const satisfies readonly (keyof SipTrunkChange)[];

type Requester = {
  readonly organization: number;
  readonly isOperator: boolean;
  /** ISO 8601. */
  readonly now: string;
};

/**
 * The trunk after a POST.
 * @throws AppError OPERATOR_ONLY if others than the operator lift the operator's suspension, VALIDATION_FAILED,
 * NOT_YET_SUPPORTED
 */
export function changeTrunk(
  trunk: Trunk,
  body: SipTrunkChange,
  sealed: SealedPassword,
  { organization, isOperator, now }: Requester,
): Trunk {
  if (body.organization_id !== undefined && body.organization_id !== organization)
    throw invalid('organization_id', 'a trunk cannot move to another organization');
  assertDtmfMode(body.dtmf_mode, trunk.dtmf_mode);
  const after: Trunk = {
    ...withoutSettings(trunk),
    ...definedFields(withoutSettings(omit(body, ...notOfTrunk))),
    ...settingsAfter(trunk, body),
    org_id: organization,
    suspended_by_operator: suspendedByOperator(trunk, body.status, isOperator),
    port: body.port ?? portAfter(trunk, body.transport ?? trunk.transport),
    sealed_password: sealed === undefined ? trunk.sealed_password : sealed,
    updated_at: now,
    version: trunk.version + 1,
  };
  assertRegistrable(after);
  assertSettings(after);
  return { ...after, registration_epoch: epochAfter(trunk, after, body.status === 'active') };
}

/** @throws AppError OPERATOR_ONLY */
function suspendedByOperator(trunk: Trunk, status: SipTrunkChange['status'], isOperator: boolean): boolean {
  if (status === undefined) return trunk.suspended_by_operator;
  if (status === 'suspended') return trunk.suspended_by_operator || isOperator;
  if (trunk.suspended_by_operator && !isOperator)
    throw new AppError('OPERATOR_ONLY', 'The operator suspended this trunk; only the operator can lift the suspension');
  return false;
}

/** @throws AppError VALIDATION_FAILED if the trunk is to register without credentials */
function assertRegistrable({ register, username, sealed_password: password }: Trunk): void {
  if (!register) return;
  if (username === null) throw invalid('username', 'is required to register');
  if (password === null) throw invalid('password', 'is required to register');
}

const registeredFields = [
  'host',
  'port',
  'transport',
  'username',
  'sealed_password',
  'realm',
  'register',
] as const satisfies readonly (keyof Trunk)[];

/** Settings that a REGISTER has. */
const registeredSettings = ['outbound_proxy', 'contact_user', 'expires'] as const;

/** A new epoch begins if the peer or the credentials change, or if a user sets the trunk active. */
function epochAfter(before: Trunk, after: Trunk, isSetActive = false): number {
  const registersAgain =
    isSetActive ||
    keepsRegistered(before) !== keepsRegistered(after) ||
    registeredFields.some((field) => before[field] !== after[field]) ||
    registeredSettings.some((field) => settingsOf(before)[field] !== settingsOf(after)[field]);
  return before.registration_epoch + (registersAgain ? 1 : 0);
}

/**
 * The registration after a trunk is created or changed.
 * @param before undefined for a new trunk
 * @param now ISO 8601
 * @param isSetActive a user set the trunk active: it counts as active until a REGISTER fails
 */
export function registrationChange(
  before: Trunk | undefined,
  after: Trunk,
  now: string,
  isSetActive = false,
): RegistrationChange {
  if (!keepsRegistered(after)) return { kind: before !== undefined && keepsRegistered(before) ? 'end' : 'keep' };
  if (before?.registration_epoch === after.registration_epoch) return { kind: 'keep' };
  const status = isSetActive ? 'active' : 'pending';
  return { kind: 'begin', registration: newRegistration(after.registration_epoch, now, status) };
}

type NamedGateway = { readonly id: string; readonly name: string };
type RoutedNumber = { readonly id: string; readonly number: string };

/** @throws AppError TRUNK_IN_USE, with details of up to 20 gateways and numbers */
export function assertNotInUse(gateways: readonly NamedGateway[], numbers: readonly RoutedNumber[]): void {
  const users = [
    ...gateways.map(({ id, name }) => ({ path: id, message: `gateway ${name} uses it` })),
    ...numbers.map(({ id, number }) => ({ path: id, message: `number ${number} routes to it` })),
  ];
  if (users.length === 0) return;
  throw new AppError(
    trunkErrors.TRUNK_IN_USE,
    'Gateways or numbers use this trunk; force=true deletes it, disables the gateways ' +
      'and clears the routes of the numbers',
    { details: users.slice(0, 20) },
  );
}

/**
 * Maximum number of gateways that are disabled in the transaction that deletes their trunk; the cascading delete
 * disables the others.
 */
export const maxDisabledAtOnce = 18;
