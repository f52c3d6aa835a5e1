import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call } from '#telephony/call.ts';
import type { BlockableCaller, HandlingReason } from '#telephony/call-handling.ts';
import { readNumber } from '#telephony/dialed-number.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import type { HuntLeg } from '../call/hunt.ts';
import { connectedLeg, redirectCall, sendTo } from '../call/record.ts';
import { otherSide, type CallEvent } from '../call/state.ts';
import type { Diverted, DiversionReason, Forward, Target, DecidedCall, UndecidedCall } from '../routing/target.ts';
import type { PresentedCall } from '../legs/invitation.ts';
import type { CallParties } from './parties.ts';

/** A call that goes on. */
type Decided = Extract<DecidedCall, { readonly attempts: unknown }>;

/** What a running call says to the settings of the users that it calls, and what they make of it. */

/** The names by which a caller may be blocked: its number, as its trunk names it, and its extension. */
export function callerNames({ numbers, source, privacy, direction, legs }: Call): readonly string[] {
  // Who blocks a number does not learn that it is a withheld one.
  if (privacy) return [];
  // A number that a trunk may not present is no less the caller's.
  const told = legs.find(({ role, kind }) => role === 'source' && kind === 'trunk')?.number ?? null;
  return [numbers.asserted ?? numbers.caller ?? told, direction === 'inbound' ? null : source.caller.user].filter(
    (name) => name !== null,
  );
}

/** A call that is at a user. */
type CallAtUser = {
  readonly record: Call;
  readonly organization: OrganizationItem;
  readonly parties: Pick<CallParties, 'channels' | 'redirectionsOf' | 'sideOfNew' | 'transferOf'>;
};

/** Who calls a user: the caller, or the party that stays when the user is to take the place of the other one. */
function callerTo({ record, organization, parties }: CallAtUser, leg: string): BlockableCaller {
  const stays = otherSide(parties.sideOfNew(leg));
  const party = parties.transferOf(leg) === undefined ? undefined : connectedLeg(record, stays);
  const names =
    party !== undefined && stays === 'destination'
      ? [party.number, party.target].filter((name) => name !== null)
      : callerNames(record);
  const numberOf = (entry: string): string | null => readNumber(entry, numberOriginOf(organization));
  return { names, isAnonymous: names.length === 0, numberOf };
}

/** A call whose user is asked. */
export function undecidedCall(
  call: CallAtUser,
  { id: leg, target }: HuntLeg<Target>,
  nextForward: () => number,
): UndecidedCall {
  const { record, organization, parties } = call;
  const redirections = parties.redirectionsOf(leg);
  const caller = callerTo(call, leg);
  return {
    ...{
      id: record.id,
      organization,
      caller,
      stir: record.stir,
      redirections,
      isBeside: target.isBeside === true,
      nextForward,
    },
    takeChannels: (forward, channels, limits) => parties.channels.take(`forward ${forward}`, channels, limits),
  };
}

/** The record of a call after a user was asked. @param isTransfer whether the user is the new party of a transfer */
export function handledCall(call: Call, decided: DecidedCall, isTransfer: boolean): Call {
  const handled = { ...call, handling: [...(call.handling ?? []), ...decided.entries] };
  if (isTransfer) return handled;
  const [target] = 'attempts' in decided && decided.isBeside !== true ? decided.attempts.flat() : [];
  const by = 'attempts' in decided ? decided.by : undefined;
  if (target === undefined) return handled;
  if (by !== undefined) return redirectCall(handled, target.party.target, by.number);
  return decided.entries.at(-1)?.action === 'ring' ? sendTo(handled, target.party.target) : handled;
}

/** The record of a call that was answered where calls follow a user, and not accepted there. */
export const notAcceptedCall = (call: Call, user: string): Call => ({
  ...call,
  handling: [...(call.handling ?? []), { user_id: user, action: 'end', reason: 'NOT_ACCEPTED', denied: null }],
});

/** A call as someone outside sees it to whom a user has forwarded it: in the name of that user, who pays for it. */
export const forwardedCall = (
  call: PresentedCall,
  forward: Forward | undefined,
  { settings }: Pick<OrganizationItem, 'settings'>,
): PresentedCall =>
  forward === undefined
    ? call
    : {
        ...call,
        numbers: { ...call.numbers, caller: forward.by.number, asserted: forward.by.number },
        original: settings.forward_caller_id === 'original' ? call.numbers.caller : null,
      };

/** Why a user sends a call on, as INVITEs say it. */
const reasons: Readonly<Partial<Record<HandlingReason, DiversionReason>>> = {
  DO_NOT_DISTURB: 'do-not-disturb',
  CLOSED: 'time-of-day',
  BUSY: 'user-busy',
  NO_ANSWER: 'no-answer',
  UNREACHABLE: 'unavailable',
  FOLLOW_ME: 'follow-me',
};

/** The way of a call that its user may have sent on. */
function divertedBy(before: Diverted | undefined, decided: Decided): Diverted | undefined {
  const { attempts, by, entries } = decided;
  const [target] = attempts.flat();
  if (by === undefined || target === undefined) return before;
  const { extension, number } = by;
  const reason = reasons[entries.at(-1)?.reason ?? 'FORWARD_ALWAYS'] ?? 'unconditional';
  return { by: [...(before?.by ?? []), { extension, number, reason }], to: target.party.target };
}

type Way = Pick<Target, 'diverted' | 'forwards' | 'isBeside' | 'accept'>;

/** The way of a target that is called by that of another one. */
export const wayOf = ({ diverted, forwards, isBeside, accept }: Target): Way => ({
  ...(diverted !== undefined && { diverted }),
  ...(forwards !== undefined && { forwards }),
  ...(isBeside !== undefined && { isBeside }),
  ...(accept !== undefined && { accept }),
});

/** How long those ring that ring beside others: as long as what they take the place of. */
const ringsOf = ({ rings }: Target, isBeside: true | undefined): Pick<Target, 'rings'> =>
  isBeside === undefined || rings === undefined ? {} : { rings: { ...rings, delay: 0 } };

/** What happens to the leg of a user that was asked. */
export function eventOf({ id: leg, target }: HuntLeg<Target>, decided: DecidedCall): CallEvent<Target> {
  if ('failure' in decided) return { type: 'failure', leg, failure: decided.failure };
  const { attempts, followUp, by, forward, isBeside } = decided;
  const diverted = divertedBy(target.diverted, decided);
  const before = wayOf(target);
  const way: Way = {
    ...before,
    ...(diverted !== undefined && { diverted }),
    ...(forward !== undefined && { forwards: [...(target.forwards ?? []), forward] }),
  };
  const [targets = [], ...then] = attempts
    .filter(({ length }) => length > 0)
    .map((together) => together.map((each) => ({ ...each, ...way, ...ringsOf(target, isBeside) })));
  return {
    ...{ type: 'redirected', leg, targets, then },
    followUp: followUp && { ...followUp, ...before },
    ...(by !== undefined && isBeside === undefined && { isForward: true }),
    ...(isBeside !== undefined && { isBeside }),
  };
}
