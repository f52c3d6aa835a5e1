import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { overwrite, type Write } from '#dynamodb/write.ts';
import type { Sms } from '#schema/sms.ts';
import { logEntryOf } from '#schema/sms-log.ts';

/** Files a message of the platform as it is. Belongs into the transaction of each of its states. */
export const logEntryWrite = (sms: Sms): Write<'smslog'> => overwrite(smsLogRow, logEntryOf(sms));
