import * as z from 'zod';
import type { NoticeChannel } from './notifier-settings.ts';

/** The events `notifier.notice` and `notifier.digest` (functions/system/notifier/README.md). */

/** What such an event says, besides what its kind adds. */
export type NoticeFields = {
  readonly channels: readonly NoticeChannel[];
  /** Numbers that get it by SMS (E.164). */
  readonly sms_to: readonly string[];
  /** Addresses that get it by e-mail. */
  readonly email_to: readonly string[];
  readonly text: string;
};

/** The types of its events. */
export const noticeEvents = ['notifier.notice', 'notifier.digest'] as const;
export const isNoticeEvent = (type: string): boolean => noticeEvents.some((each) => each === type);

/** What an SMS is made of. */
export const NoticeSms = z.object({ sms_to: z.array(z.string()), text: z.string() });

/** Whether an event has an SMS to send. */
export const hasSms = (fields: Readonly<Record<string, unknown>>): boolean =>
  Array.isArray(fields['sms_to']) && fields['sms_to'].length > 0;
