import { isAnnounced, selects } from '../webhook/subscription.ts';

/** The rules by which events become notices (functions/system/notifier/README.md). */

export const noticeChannels = ['sms', 'email', 'webhook'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** Someone of the organization calls for help: its notices are sent at once, and not to who calls. */
export const emergencyEvent = 'call.emergency';

/** Names of triggers besides those of events. */
const aliases = {
  missed_call: 'call.missed',
  new_voicemail: 'voicemail.new',
  device_offline: 'device.unregistered',
  emergency_call: emergencyEvent,
} as const;
export type TriggerAlias = keyof typeof aliases;
export const triggerAliases = Object.keys(aliases) as TriggerAlias[];

export type NotifierRule = {
  /** `rule_…` */
  readonly id: string;
  readonly name: string;
  /** An alias, or what a webhook may select: a type of event, `area.*`, `*` or `custom`. */
  readonly trigger: string;
  readonly channels: readonly NoticeChannel[];
  /** The text of its notices, or the name of an e-mail template of the organization. */
  readonly template: string;
  /** Numbers and e-mail addresses; none: whom the event concerns. */
  readonly recipients: readonly string[];
  readonly enabled: boolean;
};

export type DeliveryPreferences = {
  readonly quiet_hours: {
    readonly enabled: boolean;
    /** `HH:MM`; after `end`: until the next day. */
    readonly start: string;
    readonly end: string;
    /** IANA; null: that of the organization. */
    readonly timezone: string | null;
  };
  readonly max_notifications_per_hour: number;
};

export type NotifierSettings = {
  readonly notification_rules: readonly NotifierRule[];
  readonly delivery_preferences: DeliveryPreferences;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

type NoticedEvent = Parameters<typeof isAnnounced>[0] & {
  readonly type: string;
  /** Set on events that a notice causes. */
  readonly cause?: 'notice';
};

/** Whether a recipient is an e-mail address, and no number. */
export const isAddress = (recipient: string): boolean => recipient.includes('@');

/** What a rule needs to select events. */
export type Trigger = Pick<NotifierRule, 'trigger' | 'enabled'>;

const selectors: ReadonlyMap<string, string> = new Map(Object.entries(aliases));
const selectorOf = (trigger: string): string => selectors.get(trigger) ?? trigger;

/** The rules that an event starts. One that a notice causes starts none: notices would cause notices for ever. */
export const rulesFor = <R extends Trigger>(event: NoticedEvent, rules: readonly R[]): readonly R[] =>
  event.cause === 'notice' || !isAnnounced(event)
    ? []
    : rules.filter(({ trigger, enabled }) => enabled && selects(selectorOf(trigger), event));
