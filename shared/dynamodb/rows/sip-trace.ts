import type { SipTrace } from '../../telephony/sip-trace.ts';
import { row } from '../row.ts';

type TraceKey = Pick<SipTrace, 'call_id' | 'task'>;

/** The GSI1 partition of the traces of an organization, after the entity. */
export const tracesOf = (organization: number): readonly string[] => [String(organization)];

/** `siptrace#1001#call_…` by task; GSI1: all of the organization, by time. */
export const sipTraceRow = row<'siptrace', SipTrace, TraceKey, Pick<TraceKey, 'call_id'>>('siptrace', {
  records: 'logs',
  afterClosing: 'traces are deleted after three days',
  unsharded: 'a partition takes more calls a second than an organization may begin',
  partition: ({ call_id: call }) => [call],
  sort: ({ task }) => task,
  index1: ({ at, call_id: call }, organization) => ({ partition: tracesOf(organization), sort: `${at}#${call}` }),
});
