import type { Sms } from '#schema/sms.ts';
import { logEntryWith } from '../sms-logs/entry.fixture.ts';
import { answerTo } from './inbound.ts';

/** A message of the platform, in any state. */
export const queuedSms = (more: Partial<Sms> = {}): Sms => ({
  ...answerTo(logEntryWith({ to: '+14155550000', message: 'HELP', source: 'platform' }), undefined, {
    id: 'msg_1',
    now: new Date('2026-11-20T10:00:00.000Z'),
  }),
  ...more,
});
