/**
 * The event catalogue (system.md). Audited events are sealed into the event log too; the others are
 * state and traffic. An area is what stands before the first dot.
 */
const named = <const A extends string, const N extends string>(area: A, names: readonly N[]): `${A}.${N}`[] =>
  names.map((name): `${A}.${N}` => `${area}.${name}`);

export const auditedEvents = [
  ...named('auth', ['login', 'login_failed', 'locked', 'logout', '2fa.enabled', '2fa.disabled', '2fa.recovery_used', 'sso.configured', 'sso.linked', 'temp.created', 'key.rotated']),
  ...named('accesskey', ['created', 'rotated', 'deleted']),
  ...named('user', ['created', 'updated', 'deleted', 'password_changed', 'secret_rotated', 'foreignid.set', 'foreignid.deleted']),
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
  ...named('device', ['created', 'updated', 'deleted', 'reboot_requested', 'notify_sent', 'config_read', 'secret_rotated']),
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
  ...named('email', ['suppressed', 'unsuppressed']),
  ...named('voicemail', ['deleted']),
  ...named('voicemailprefs', ['updated']),
  ...named('voicemaildrop', ['created', 'updated', 'deleted']),
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

type Named<Area extends string, Name extends string> = `${Area}.${Name}`;

/** State and traffic: read under `/events`, never sealed. */
type StateEvent =
  | Named<'user', 'locked' | 'unlocked'>
  | Named<'domain', 'verification_failed' | 'certificate_expiring'>
  | Named<'trunk', 'registered' | 'unregistered' | 'registration_failed'>
  | Named<'device', 'registered' | 'unregistered' | 'provisioned' | 'rebooted' | 'reboot_failed'>
  | Named<'gateway', 'healthy' | 'degraded' | 'down'>
  | Named<'number', 'available'>
  | Named<'plan', 'published'>
  | Named<'call', 'denied' | 'created' | 'trying' | 'early' | 'progress' | 'ringing' | 'answered' | 'hangup' | 'missed' | 'action'>
  | Named<'cdr', 'rated' | 'rejected'>
  | Named<'cdrtask', 'completed' | 'failed'>
  | Named<'balance', 'low' | 'exhausted'>
  | Named<'phone', 'registered' | 'unregistered' | 'expired'>
  | Named<'sms', 'queued' | 'sending' | 'sent' | 'delivered' | 'failed' | 'expired' | 'cancelled' | 'received'>
  | Named<'email', 'queued' | 'sent' | 'delivered' | 'bounced' | 'complained' | 'failed' | 'opened' | 'clicked'>
  | Named<'voicemail', 'new' | 'read' | 'unread' | 'moved' | 'forwarded' | 'mailbox_full'>
  | Named<'archiving', 'exported' | 'quota_warning'>
  | Named<'file', 'ready' | 'rejected'>
  | Named<'webhook', 'test'>
  | Named<'sequence', 'exhausted'>
  | Named<'dataconnector', 'failed'>;

export type EventType = (typeof auditedEvents)[number] | StateEvent;

const audited: ReadonlySet<string> = new Set(auditedEvents);
export const isAudited = (type: EventType): boolean => audited.has(type);
