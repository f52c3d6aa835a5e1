import * as z from 'zod';

/**
 * The event catalogue. Audited events are also sealed into the event log; the others report state and traffic. The part
 * before the first dot is the subject.
 */
const named = <const A extends string, const N extends string>(area: A, names: readonly N[]): `${A}.${N}`[] =>
  names.map((name): `${A}.${N}` => `${area}.${name}`);

const auditedEvents = [
  ...named('auth', [
    'login',
    'login_failed',
    'locked',
    'logout',
    '2fa.enabled',
    '2fa.disabled',
    '2fa.recovery_used',
    'sso.configured',
    'sso.linked',
    'temp.created',
    'key.rotated',
  ]),
  ...named('accesskey', ['created', 'rotated', 'deleted']),
  ...named('user', [
    'created',
    'updated',
    'deleted',
    'password_changed',
    'secret_rotated',
    'foreignid.set',
    'foreignid.deleted',
  ]),
  ...named('group', ['created', 'updated', 'deleted', 'member_added', 'member_removed']),
  ...named('permission', ['changed']),
  ...named('role', ['changed']),
  ...named('directory', ['created', 'updated', 'deleted']),
  ...named('access', ['updated', 'revoked', '2fa_reset', 'unlocked']),
  ...named('subscription', ['set', 'cancelled']),
  ...named('org', ['created', 'updated', 'suspended', 'resumed', 'closed']),
  ...named('domain', ['created', 'updated', 'deleted', 'verified']),
  ...named('orgip', ['created', 'updated', 'deleted']),
  ...named('trunk', ['created', 'updated', 'deleted']),
  ...named('trunkip', ['created', 'updated', 'deleted']),
  ...named('device', [
    'created',
    'updated',
    'deleted',
    'reboot_requested',
    'notify_sent',
    'config_read',
    'secret_rotated',
  ]),
  ...named('gateway', ['created', 'updated', 'deleted']),
  ...named('number', ['activated', 'updated', 'released', 'route_cleared', 'channels_updated']),
  ...named('sim', ['registered', 'activated', 'suspended', 'resumed', 'terminated', 'updated', 'deleted']),
  ...named('policy', ['created', 'updated', 'deleted', 'restored']),
  ...named('template', ['created', 'updated']),
  ...named('billingprofile', ['created', 'updated']),
  ...named('credit', ['added']),
  ...named('tariff', ['created', 'updated', 'deleted']),
  ...named('cdr', ['exported']),
  ...named('cdrtask', ['created', 'updated']),
  ...named('phone', ['created', 'deleted']),
  ...named('sms', ['optout', 'optin']),
  ...named('emailtemplate', ['created', 'updated', 'deleted']),
  ...named('email', ['suppressed', 'unsuppressed', 'address_confirmed']),
  ...named('voicemail', ['deleted']),
  ...named('voicemailprefs', ['updated']),
  ...named('voicemaildrop', ['created', 'updated', 'deleted']),
  ...named('mailbox', ['deleted']),
  ...named('smslogs', ['pushed', 'searched', 'downloaded']),
  ...named('archiving', ['purged', 'policy_created', 'policy_updated', 'policy_deleted', 'provisioned', 'stored']),
  ...named('logs', ['imported']),
  ...named('webhook', ['created', 'updated', 'deleted', 'disabled', 'secret_rotated']),
  ...named('file', ['created', 'replaced', 'deleted']),
  ...named('legalhold', ['placed', 'changed', 'released']),
  ...named('dataconnector', ['created', 'updated', 'deleted', 'tested']),
  ...named('sequence', ['created', 'deleted']),
  ...named('bespoke', ['updated']),
] as const;

/** Events of state and traffic: available at `/events`, never sealed. */
const stateEvents = [
  ...named('user', ['locked', 'unlocked']),
  ...named('domain', ['verification_failed', 'certificate_expiring']),
  ...named('trunk', ['registered', 'unregistered', 'registration_failed']),
  ...named('device', ['registered', 'unregistered', 'provisioned', 'rebooted', 'reboot_failed']),
  ...named('gateway', ['healthy', 'degraded', 'down']),
  ...named('number', ['available']),
  ...named('plan', ['published']),
  ...named('call', [
    'denied',
    'created',
    'trying',
    'early',
    'progress',
    'ringing',
    'answered',
    'hangup',
    'missed',
    'action',
    'recording_failed',
  ]),
  ...named('cdr', ['rated', 'corrected', 'rejected', 'unrated']),
  ...named('cdrtask', ['completed', 'failed']),
  ...named('balance', ['low', 'exhausted']),
  ...named('phone', ['registered', 'unregistered', 'expired']),
  ...named('sms', ['accepted', 'queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'cancelled', 'received']),
  ...named('email', ['queued', 'sent', 'delivered', 'bounced', 'complained', 'failed', 'opened', 'clicked']),
  ...named('voicemail', ['new', 'read', 'unread', 'moved', 'forwarded', 'mailbox_full']),
  ...named('archiving', ['exported', 'quota_warning']),
  ...named('file', ['ready', 'rejected']),
  ...named('webhook', ['test']),
  ...named('sequence', ['exhausted']),
  ...named('dataconnector', ['failed']),
  'error',
] as const;

export type EventType = (typeof auditedEvents)[number] | (typeof stateEvents)[number];

const audited: ReadonlySet<string> = new Set(auditedEvents);
/** Whether events of a type are sealed into the event log. */
export const isAudited = (type: string): boolean => audited.has(type);

const catalogue: ReadonlySet<string> = new Set([...auditedEvents, ...stateEvents]);

const areas: ReadonlySet<string> = new Set([...catalogue].map((type) => type.split('.')[0] ?? ''));

/** Whether a type is one of the catalogue. */
export const isEventType = (type: string): boolean => catalogue.has(type);

/** Which events a subscription wants: a type of the catalogue, `area.*`, `*` (all), or `custom` (those of clients). */
export const EventSelector = z
  .string()
  .max(64)
  .refine(
    (text) =>
      text === '*' ||
      text === 'custom' ||
      isEventType(text) ||
      (text.endsWith('.*') && areas.has(text.slice(0, -'.*'.length))),
    'must be a type of the catalogue such as trunk.created, an area such as trunk.*, custom, or *',
  );

/**
 * The type of an event that a client files. Types of the catalogue are reserved, so that no client can forge an event
 * of the platform.
 */
export const ClientEventType = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, 'must be lower-case words separated by dots, for example door.opened')
  .refine((type) => !catalogue.has(type), {
    message: 'is reserved for events of the platform',
    params: { code: 'RESERVED_EVENT_TYPE' },
  });
