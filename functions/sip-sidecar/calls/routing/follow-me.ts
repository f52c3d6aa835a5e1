import { announcementLanguage } from '#schema/recording-notice.ts';
import { second } from '#schema/time.ts';
import type { FollowMe, HandlingEntry } from '#telephony/call-handling.ts';
import { promptSounds, spokenDigits } from '../../media/spoken.ts';
import type { Acceptance } from '../applications/application.ts';
import { deferredTarget, type Target, type DecidedCall, type ForwardingUser, type UndecidedCall } from './target.ts';
import type { RouteForward } from './forwards.ts';

/**
 * Numbers at which calls follow a user: they ring beside its phones (functions/telephony/README.md, "Call handling").
 * Each is a forward of the user, which is decided when it begins to ring, so that nothing is reserved before.
 */

/** A number that cannot ring. */
const unreachable = { status: 480, q850: 20, by: 'us' } as const;

/** Whom calls follow, and where to. */
export type Followed = { readonly numbers: readonly FollowMe[]; readonly user: ForwardingUser };

/** The numbers as targets, which ring beside others. */
export const followedNumbers = (
  called: { readonly id: string; readonly called: string },
  { numbers, user }: Followed,
  forward: RouteForward,
): readonly Target[] =>
  numbers.map((followed) => ({
    ...deferredTarget(called, (call) => follow(call, { followed, user }, forward)),
    rings: { delay: followed.delay_seconds * second, ringTime: followed.ring_seconds * second },
  }));

type Following = { readonly followed: FollowMe; readonly user: ForwardingUser };

async function follow(call: UndecidedCall, { followed, user }: Following, forward: RouteForward): Promise<DecidedCall> {
  const { number, accept_key: key } = followed;
  const routed = await forward(call, number, user, `follow-me of ${user.id}`);
  const denied = 'denied' in routed ? routed.denied : null;
  const attempts = 'denied' in routed ? [] : ringing(routed.attempts);
  const isDenied = denied !== null || attempts.length === 0;
  const entry: HandlingEntry = {
    ...{ user_id: user.id, action: 'forward', reason: 'FOLLOW_ME' },
    denied: isDenied ? (denied ?? 'NO_ROUTE') : null,
  };
  if (isDenied || 'denied' in routed) return { entries: [entry], failure: unreachable };
  const accept = key === null ? {} : { accept: { ...acceptanceBy(key, call.organization.country), follows: user.id } };
  return {
    entries: [entry],
    attempts: attempts.map((together) => together.map((target) => ({ ...target, isBeside: true, ...accept }))),
    followUp: undefined,
    by: user,
    forward: routed.forward,
    isRecorded: routed.isRecorded,
    isBeside: true,
  };
}

/** What rings, as far as a person can answer: a flow, or a mailbox, would take the call from the phones. */
const ringing = (attempts: readonly (readonly Target[])[]): readonly (readonly Target[])[] =>
  attempts.map((together) => together.filter(({ to }) => to.kind !== 'application')).filter(({ length }) => length > 0);

/** Who answers hears that a call has come, and by which key it is taken. */
const acceptanceBy = (key: string, country: string): Acceptance => ({
  announcement: async () =>
    promptSounds(announcementLanguage(country), [
      'call-for-you',
      'to-accept-press',
      ...spokenDigits(key),
      'to-decline-hang-up',
    ]),
  // Without a prompt the key takes the call all the same.
  onSkipped: () => undefined,
  key,
});
