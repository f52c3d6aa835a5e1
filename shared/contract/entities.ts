/**
 * The kinds of item in the one table. The first part of every partition key, of the table and of both
 * indexes, is one of these names: IAM holds each function to its own by `dynamodb:LeadingKeys`.
 */
export const entities = [
  'accesskey', 'archivepolicy', 'archiveprovisioning', 'archiverun',
  'batch', 'bespoke', 'billingprofile', 'binding',
  'balance', 'call', 'cdr', 'cdrday', 'cdrtask', 'connector', 'count', 'counter', 'credential', 'credit',
  'device', 'device-mac', 'dialplanhistory', 'directory', 'directory-extension', 'domain', 'domain-name', 'due',
  'email', 'email-suppression', 'emailtemplate', 'event', 'eventlog', 'export',
  'file', 'file-name', 'foreignid', 'gateway', 'gateway-name', 'gatewayping', 'group', 'group-name', 'groupmember',
  'idempotency', 'ledger', 'legalhold', 'lease', 'lockout', 'log',
  'mobile', 'mobile-key', 'notice', 'number', 'numberday', 'oauthstate', 'organization', 'organization-alias', 'organization-name',
  'orgip', 'orgip-network', 'passwordreset', 'permission', 'phone', 'plan', 'planchange', 'planhead', 'policy', 'policy-name',
  'rate', 'role', 'salesforce', 'search', 'sequence', 'session', 'signingkey', 'sip-credential', 'sms', 'smsoptout',
  'subscription', 'tariff', 'tariff-name', 'tariffchunk', 'template', 'temptoken', 'trunk', 'trunk-name', 'trunkip', 'trunkip-address',
  'usage', 'user', 'user-client', 'user-email', 'user-extension', 'username', 'voicemail', 'voicemaildrop', 'voicemailprefs', 'webhook', 'webhookdelivery',
] as const;

export type Entity = (typeof entities)[number];

export type Index = 'GSI1' | 'GSI2';
