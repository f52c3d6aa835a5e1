import { messageSummaryType } from './message-summary.ts';

/** An event package (RFC 6665 §5): what can be subscribed to. */
export type EventPackage = {
  /** Media type of the bodies of its NOTIFY requests. */
  readonly type: string;
  /** Seconds of a subscription: the default, and the least and the longest that a notifier accepts. */
  readonly expires: { readonly default: number; readonly min: number; readonly max: number };
};

/**
 * The event packages of this server. The longest duration bounds for how long a phone whose notifier has crashed is not
 * notified: its next refresh gets 481, and it subscribes again.
 */
export const eventPackages = {
  /** RFC 3842. */
  'message-summary': { type: messageSummaryType, expires: { default: 3_600, min: 60, max: 3_600 } },
} as const satisfies Readonly<Record<string, EventPackage>>;

/** The name of an event package, as the Event header has it. */
export type EventPackageName = keyof typeof eventPackages;

export const eventPackageNames = Object.keys(eventPackages) as EventPackageName[];
