import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { CallDirection, Channel } from '#telephony/call.ts';
import type { CallerIdentity } from '#telephony/caller-identity.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import { numberOriginOf, type NumberOrigin } from '#telephony/number-format.ts';
import { trunkPrefixesOf } from '#telephony/written-number.ts';
import { type Cause, causeNamed } from '../call/causes.ts';
import type { PassedAnswer } from '../call/hunt.ts';
import type { DurationLimit } from '../call/state.ts';
import type { Target } from './target.ts';

/** What is routed, and where it goes. */

/** A call to route: to an own number by its route, to any other by the dial plan. */
export type RoutedCall = {
  readonly organization: OrganizationItem;
  readonly callId: string;
  /** As it was dialed. */
  readonly called: string;
  /** The user part that a trusted trunk wrote, whose number portability goes on to carriers. Absent: none did. */
  readonly written?: string;
  /** The caller's number; null: withheld. */
  readonly caller: string | null;
  /** The number of its own that it counts for, also if that is withheld. Absent: `caller`. */
  readonly presented?: string | null;
  readonly userId: string | null;
  /** Whether the caller of a call that is sent on was verified. Absent: it was not. */
  readonly stir?: CallerIdentity | undefined;
  readonly reserves: boolean;
  /** Whether it is the call of a transfer, which counts among the calls in progress already. Default: no. */
  readonly isInProgress?: boolean;
  /** Whether calls to users follow what these say. Default: their phones ring. */
  readonly asksUsers?: boolean;
};

/** Why a call does not begin. */
export type Rejection = {
  readonly kind: 'rejected';
  /** Of the decision: `NO_ROUTE`, `POLICY_DENY`, …. */
  readonly reason: string;
  /** Response to the caller. */
  readonly status: number;
  readonly cause: Cause;
  /** Id of the entry that blocks the caller. Absent: none does. */
  readonly blockedBy?: string;
  /** What the response says besides. Absent: nothing. */
  readonly passes?: PassedAnswer;
};

export type Route =
  | Rejection
  | {
      readonly kind: 'routed';
      readonly attempts: readonly (readonly Target[])[];
      readonly limit: DurationLimit;
      /** Whether a policy, or the called number, has the call recorded. */
      readonly isRecorded: boolean;
      readonly reservedUntil: string | null;
      readonly direction: CallDirection;
      /** E.164 of what was dialed; null: no number. */
      readonly number: string | null;
      /** Channels of the own number that is called, or that a call to the outside presents, and their limits. */
      readonly channels: readonly Channel[];
      readonly limits: ChannelLimits;
      /** Id of the policy that allowed it in each decision; null: none did, or it is an emergency call. */
      readonly policy: string | null;
      /** Whether the dial plan takes it for an emergency call. */
      readonly isEmergency: boolean;
      /** Whether it calls back after a call for help, which no limit of calls rejects. Absent: it does not. */
      readonly isCalledBack?: () => Promise<boolean>;
      /** Id of the entry that blocks the caller, whose flow answers. Absent: none does. */
      readonly blockedBy?: string;
    };

export type Routed = Extract<Route, { kind: 'routed' }>;

/** Targets that need no decision of the dial plan. */
export const internal = (targets: readonly Target[]): Routed => ({
  kind: 'routed',
  attempts: [targets],
  limit: unlimited,
  isRecorded: false,
  reservedUntil: null,
  direction: 'internal',
  number: null,
  channels: [],
  limits: {},
  policy: null,
  isEmergency: false,
});

/** The numbers of an organization, as a carrier may read them: without the trunk prefix, such as 1911 in the US. */
function carrierOriginOf(organization: OrganizationItem): NumberOrigin {
  const { country, numbers = {} } = numberOriginOf(organization);
  const { country: home = country, national_prefix = [], strip = [] } = numbers;
  const prefixes = isSupportedCountry(home) ? trunkPrefixesOf(getCountryCallingCode(home)) : [];
  return { country, numbers: { ...numbers, strip: [strip, prefixes, national_prefix].flat() } };
}

/**
 * Whether a call reaches help: the dial plan takes it for an emergency call, or a gateway sends it as an emergency
 * number, such as 8911 without the digit that it strips. An extension may begin with a trunk prefix, so that only what
 * is sent counts without it.
 */
export const reachesHelp = ({ isEmergency, attempts }: Routed, organization: OrganizationItem): boolean =>
  isEmergency ||
  attempts
    .flat()
    .some(
      ({ party: { kind, target } }) =>
        (kind === 'gateway' || kind === 'trunk') && isEmergencyNumber(target, carrierOriginOf(organization)),
    );

/** Of a call that nothing is charged for. */
export const unlimited: DurationLimit = { seconds: null, isReserved: false };

/** Limits of the dial plan by their reason; every other denial is 403, and an unknown number 404. */
const rejections: Readonly<Record<string, Omit<Rejection, 'kind' | 'reason'>>> = {
  INVALID_NUMBER_FORMAT: { status: 484, cause: causeNamed('INVALID_NUMBER_FORMAT') },
  NO_ROUTE: { status: 404, cause: causeNamed('NO_ROUTE') },
  NO_CREDIT: { status: 402, cause: causeNamed('INSUFFICIENT_BALANCE') },
  CALL_LIMIT: { status: 486, cause: causeNamed('CALL_LIMIT') },
  SPEND_LIMIT: { status: 486, cause: causeNamed('CALL_LIMIT') },
  RATE_LIMITED: { status: 486, cause: causeNamed('CALL_LIMIT') },
};

/** A call that the dial plan denies for a reason. */
export const rejection = (reason: string): Rejection => ({
  kind: 'rejected',
  reason,
  ...(rejections[reason] ?? { status: 403, cause: causeNamed('CALL_DENIED') }),
});

/** A call from outside that its organization cannot pay for: the called party is not available (RFC 3261 §21.4.18). */
export const unpaid: Rejection = { ...rejection('NO_CREDIT'), status: 480 };

/** What is called of an organization, and whether its users are asked. */
export type Calling = { readonly organization: number; readonly called: string; readonly asksUsers: boolean };

/** Made in turn; the targets of each ring together. */
export type Attempts = readonly (readonly Target[])[];
