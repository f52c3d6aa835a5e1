/**
 * The kinds of item in the one table. The first part of every partition key, of the table and of both
 * indexes, is one of these names: IAM holds each function to its own by `dynamodb:LeadingKeys`. What each
 * is, and who reads it by which key: `shared/dynamodb/access-patterns/`.
 */
export const entities = [
  'accesskey', 'accesskey-name', 'archivepolicy', 'archivepolicy-class', 'archivepolicy-name', 'archiveprovisioning', 'archiverun', 'audio', 'balance',
  'batch', 'bespoke', 'billingprofile', 'binding', 'binding-refresh', 'call', 'callrate', 'cdr', 'cdrbatch', 'cdrcall', 'cdrparty', 'cdrrejection', 'cdrtask', 'cdrtask-live', 'challenge',
  'channel', 'chargeday', 'connector', 'connector-name', 'count', 'counter', 'credential', 'credential-use', 'credit', 'device', 'device-kept', 'device-line', 'device-mac', 'device-reboot', 'device-state',
  'dialog', 'dialplanhistory', 'directory', 'domain', 'domain-name', 'due', 'email', 'email-suppression', 'emailtemplate', 'emailtemplate-name',
  'emailtemplate-version', 'event', 'eventlog', 'export', 'file', 'file-name', 'foreignid', 'foreignid-value', 'gateway', 'gateway-health', 'gateway-name', 'gatewayping',
  'group', 'group-name', 'groupmember', 'idempotency', 'lease', 'ledger', 'legalhold', 'legalhold-name', 'listener', 'lockout', 'log', 'mailbox',
  'mailbox-user', 'mobile', 'mobile-key', 'notice', 'number', 'number-id', 'numberday', 'oauthstate', 'organization', 'organization-alias',
  'organization-name', 'orgip', 'orgip-network', 'passwordreset', 'phone', 'plan', 'planchange', 'planhead', 'policy', 'policy-name', 'presence',
  'provider-message', 'provision', 'rate', 'reference', 'role', 'salesforce', 'search', 'sequence', 'session', 'signingkey', 'sip-credential', 'sms',
  'smslog', 'smsoptout', 'subscription', 'tariff', 'tariff-name', 'tariff-trunk', 'tariffchunk', 'template', 'temptoken', 'trunk', 'trunk-name', 'trunk-registration', 'trunkip',
  'trunkip-address', 'usage', 'user', 'user-client', 'user-email', 'user-extension', 'username', 'voicemail', 'voicemaildrop', 'voicemaildrop-name',
  'voicemailprefs', 'webhook', 'webhook-url', 'webhookdelivery', 'webhookhour',
] as const;

export type Entity = (typeof entities)[number];

export type Index = 'GSI1' | 'GSI2';
