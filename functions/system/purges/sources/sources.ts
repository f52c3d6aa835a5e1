import type { RecordClass } from '#schema/record-class.ts';
import { cdrSources } from './cdrs.ts';
import { eventLog } from './event-log.ts';
import { logLines } from './log-lines.ts';
import { emails, smsBatches, smsLog, smsMessages } from './messages.ts';
import { recordings } from './recordings.ts';
import { sipTraces } from './sip-traces.ts';
import type { RecordReads, RecordSource } from './source.ts';
import { voicemailMessages } from './voicemail.ts';

const fixed: Readonly<Record<Exclude<RecordClass, 'cdr'>, readonly RecordSource[]>> = {
  sms: [smsLog, smsBatches, smsMessages],
  email: [emails],
  voicemail: [voicemailMessages],
  eventlog: [eventLog],
  recordings: [recordings],
  logs: [logLines, sipTraces],
};

/** The sources of a class, in the order in which they are read. @param table of the organization */
export const sourcesOf = async (
  of: RecordClass,
  table: RecordReads,
  context: Parameters<typeof cdrSources>[1],
): Promise<readonly RecordSource[]> => (of === 'cdr' ? cdrSources(table, context) : fixed[of]);
