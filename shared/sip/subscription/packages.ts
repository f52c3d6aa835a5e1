import { messageSummaryType } from './message-summary.ts';

/** An event package (RFC 6665 §5): what can be subscribed to. */
export type EventPackage = {
  /** Media type of the bodies of its NOTIFY requests. */
  readonly type: string;
  /** Seconds of a subscription: the default, and the least and the longest that a notifier accepts. */
  readonly expires: { readonly default: number; readonly min: number; readonly max: number };
  /** Subscriptions of a user name at most. */
  readonly max: number;
  /** Why a subscription ends whose resource is gone, or not for the phone any more (RFC 6665 §4.1.3). */
  readonly lost: 'noresource' | 'rejected';
};

const expires = { default: 3_600, min: 60, max: 3_600 } as const;

/**
 * The event packages of this server. The longest duration bounds for how long a phone whose notifier has crashed is not
 * notified: its next refresh gets 481, and it subscribes again.
 */
export const eventPackages = {
  /** RFC 3842. */
  'message-summary': { type: messageSummaryType, expires, max: 10, lost: 'noresource' },
  /** RFC 4235: the calls of a line. A phone has a key for each line: 48 of its own, and 50 of a BLF list. */
  dialog: { type: 'application/dialog-info+xml', expires, max: 100, lost: 'rejected' },
} as const satisfies Readonly<Record<string, EventPackage>>;

/** The name of an event package, as the Event header has it. */
export type EventPackageName = keyof typeof eventPackages;

export const eventPackageNames = Object.keys(eventPackages) as EventPackageName[];
