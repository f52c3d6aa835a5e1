import type { Sms } from '#schema/sms.ts';
import { answerTo } from './inbound.ts';

/** A message of the platform, in any state. */
export const queuedSms = (more: Partial<Sms> = {}): Sms => ({
  ...answerTo(
    {
      message_id: 'in-0',
      direction: 'inbound',
      from: '+14155551234',
      to: '+14155550000',
      message: 'HELP',
      status: 'received',
      timestamp: '2026-11-20T10:00:00.000Z',
      status_at: '2026-11-20T10:00:00.000Z',
      user_id: null,
      segments: 1,
      cost: null,
      source: 'platform',
    },
    undefined,
    { id: 'msg_1', now: new Date('2026-11-20T10:00:00.000Z') },
  ),
  ...more,
});
