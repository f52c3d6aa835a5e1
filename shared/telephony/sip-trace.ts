import * as z from 'zod';
import type { Call } from './call.ts';
import type { RecordFacts } from '../schema/record-class.ts';
import { day } from '../schema/time.ts';

/** Traces of calls: their SIP messages (functions/calls/README.md, "Trace"). */

/** Which calls of an organization are traced. Default: `off`. */
export const TraceSetting = z.enum(['off', 'failed', 'all']);
export type TraceSetting = z.output<typeof TraceSetting>;

/** Milliseconds for which a trace is kept, unless a legal hold needs it. */
export const traceTtl = 3 * day;

/** Who is at the other end of a SIP dialog of a call. Null: none of these. */
export type TracedParty = {
  readonly kind: 'device' | 'line' | 'gateway' | 'trunk' | 'sip' | 'unknown';
  readonly user_id: string | null;
  readonly device_id: string | null;
  readonly line: string | null;
  readonly gateway_id: string | null;
  readonly trunk_id: string | null;
};

/** A SIP dialog of a call, with all attempts to begin it. */
export type TracedLeg = TracedParty & { readonly sip_call_id: string };

/** A message as it passed the sockets of a task, without secrets. */
export type TracedMessage = {
  /** Unix milliseconds. */
  readonly at: number;
  readonly direction: 'received' | 'sent';
  /** Position of its leg. */
  readonly leg: number;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  readonly text: string;
};

/** The messages of a call that one task has seen. */
export type SipTrace = {
  /** The call. */
  readonly call_id: string;
  /** The task. */
  readonly task: string;
  /** When the call began: ISO 8601 UTC. */
  readonly at: string;
  readonly legs: readonly TracedLeg[];
  readonly messages: readonly TracedMessage[];
  /** Messages in the middle that had no room. */
  readonly dropped: number;
  /** What legal holds and erasures ask. */
  readonly facts: RecordFacts;
};

/** Ends that are no failure of an answered call. */
const regularEnds: ReadonlySet<string> = new Set(['NORMAL_CLEARING', 'MAX_DURATION']);

/** Whether a call that has ended was not answered, or did not end by a party, the API or its longest duration. */
export const hasFailed = ({ timestamps, hangup }: Pick<Call, 'timestamps' | 'hangup'>): boolean =>
  timestamps.answered === undefined || (hangup !== null && !regularEnds.has(hangup.cause));

const present = (values: readonly (string | null | undefined)[]): string[] =>
  [...new Set(values.filter((value) => value !== null && value !== undefined && value !== ''))] as string[];

/** What legal holds and erasures ask of the trace of a call. */
export const traceFacts = (call: Call, legs: readonly TracedLeg[]): RecordFacts => ({
  at: call.created_at,
  users: present([call.user_id, ...call.legs.map(({ user_id }) => user_id), ...legs.map(({ user_id }) => user_id)]),
  parties: present([
    ...Object.values(call.numbers),
    call.source.caller.user,
    call.destination.requested.user,
    call.destination.to.user,
    ...call.legs.flatMap(({ target, number }) => [target, number]),
  ]),
  entities: [call.id],
  direction: call.direction,
  text: '',
});
