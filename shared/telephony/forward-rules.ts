import type { ErrorDetail } from '../errors.ts';
import { forwardsIn, type CallHandling, type ForwardTarget } from './call-handling.ts';

/** What forwards and follow-me may name. */

/** What a user is called by. */
export type ForwardingUser = {
  readonly id: string;
  readonly extension: string | null;
  readonly direct_number: string | null;
};

/** What is known of the targets of a user's forwards. */
export type KnownTargets = {
  /** Existing targets of the organization, as `<type> <id>`. */
  readonly targets: ReadonlySet<string>;
  /** Ids of the devices of the user. */
  readonly ownDevices: ReadonlySet<string>;
  /** Numbers of the organization that route to the user (E.164). */
  readonly ownNumbers: ReadonlySet<string>;
  /** Whether a dialed text may reach an emergency number. */
  readonly isEmergency: (dialed: string) => boolean;
  /** A dialed text as E.164; null: it is no number. */
  readonly numberOf: (dialed: string) => string | null;
};

const itself = 'is the user itself';

/** The name of a target among the known ones. */
export const targetName = ({ type, id }: Exclude<ForwardTarget, string>): string => `${type} ${id}`;

function problemOfNumber(dialed: string, user: ForwardingUser, known: KnownTargets): string | undefined {
  if (known.isEmergency(dialed)) return 'is an emergency number';
  const number = known.numberOf(dialed);
  const isOwnNumber = number !== null && (number === user.direct_number || known.ownNumbers.has(number));
  return dialed === user.extension || isOwnNumber ? itself : undefined;
}

function problemOf(to: ForwardTarget, user: ForwardingUser, known: KnownTargets): string | undefined {
  if (typeof to === 'string') return problemOfNumber(to, user, known);
  if (!known.targets.has(targetName(to))) return `is no ${to.type.replace('_', ' ')} of the organization`;
  const isOwn = to.type === 'user' ? to.id === user.id : to.type === 'device' && known.ownDevices.has(to.id);
  return isOwn ? itself : undefined;
}

/** Violations by what a user's settings name. */
export function forwardViolations(
  settings: CallHandling,
  user: ForwardingUser,
  known: KnownTargets,
): readonly ErrorDetail[] {
  const forwards = forwardsIn(settings).flatMap(({ to, path }) => {
    const message = to === null ? undefined : problemOf(to, user, known);
    return message === undefined ? [] : [{ path: typeof to === 'string' ? path : `${path}.id`, message }];
  });
  const { schedule } = settings;
  return schedule === null || known.targets.has(`schedule ${schedule}`)
    ? forwards
    : [...forwards, { path: 'schedule', message: 'is no schedule of the organization' }];
}
