import type { SmsLogEntry } from '#schema/sms-log.ts';

/** A received SMS in the log; `more` replaces its fields. */
export const logEntryWith = (more: Partial<SmsLogEntry> = {}): SmsLogEntry => ({
  message_id: 'm1',
  direction: 'inbound',
  from: '+14155551234',
  to: '22333',
  message: 'Stop',
  status: 'received',
  timestamp: '2026-11-20T10:00:00.000Z',
  status_at: '2026-11-20T10:00:00.000Z',
  user_id: null,
  segments: 1,
  cost: null,
  source: 'import',
  ...more,
});
