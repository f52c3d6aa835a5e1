import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Call, CallLeg } from '#telephony/call.ts';
import { hasFailed, traceFacts, traceTtl, type SipTrace, type TracedParty } from '#telephony/sip-trace.ts';
import { serialize, type SipRequest } from '#sip/message.ts';
import type { RunningTrace } from '../../traces/sip-traces.ts';
import type { Flow } from '../../transport/flow.ts';
import { acceptedLegs } from '../call/call.ts';
import { connectedLeg, type LegParty } from '../call/record.ts';
import type { Uses } from './context.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import type { OnSession } from '../legs/sessions.ts';

/** The SIP messages of calls whose organizations have them traced: read and stored with their calls. */

type TraceContext = Uses<{
  context: 'tryCommit' | 'clock';
  membership: 'id';
  traces: 'begin' | 'invited';
}>;

/** A phone that has taken the place of a party. */
const unknown: TracedParty = {
  kind: 'unknown',
  user_id: null,
  device_id: null,
  line: null,
  gateway_id: null,
  trunk_id: null,
};

const partyOf = (found: LegParty | CallLeg | undefined): TracedParty => {
  if (found === undefined || found.kind === 'application') return unknown;
  const { kind, user_id, device_id, line, gateway_id, trunk_id } = found;
  return { kind, user_id, device_id, line, gateway_id, trunk_id };
};

/** The party of a leg that nothing has called: the caller, or one of a call that another task has answered. */
function legOf(call: Call, leg: string): CallLeg | undefined {
  if (leg === acceptedLegs.source)
    return connectedLeg(call, 'source') ?? call.legs.find(({ role }) => role === 'source');
  return leg === acceptedLegs.destination ? connectedLeg(call, 'destination') : undefined;
}

export class CallTraces {
  readonly #context: TraceContext;
  /** By call. */
  readonly #running = new Map<string, RunningTrace>();

  constructor(context: TraceContext) {
    this.#context = context;
  }

  /** Begins the trace of a call, if its organization wants one. @returns what each session of the call is passed to */
  begin(
    { settings: { sip_trace: setting } }: Pick<OrganizationItem, 'settings'>,
    id: string,
    record: () => Call,
  ): OnSession | undefined {
    const running = this.#context.traces.begin(setting);
    if (running === undefined) return undefined;
    this.#running.set(id, running);
    return (leg, session, target) => {
      if (session.callId === '' || session instanceof ApplicationSession) return;
      running.follow(session.callId, partyOf(target?.party ?? legOf(record(), leg)));
    };
  }

  /** The INVITE of a call, before its first session. */
  receive(id: string, request: SipRequest, flow: Flow): void {
    if (this.#running.has(id)) this.#context.traces.invited(request, serialize(request), flow);
  }

  /** Stores what this task has seen of a call that has ended here, or that another task goes on with. */
  async store(call: Call): Promise<void> {
    const running = this.#running.get(call.id);
    if (running === undefined) return;
    const { context, membership } = this.#context;
    const trace = itemOf(call, membership.id, running);
    this.forget(call.id);
    if (trace === undefined) return;
    const at = new Date(context.clock().getTime() + traceTtl).toISOString();
    const subject = `${trace.call_id}/${trace.task}`;
    await context.tryCommit(call.org_id, [
      overwrite(sipTraceRow, trace),
      scheduleDue({ kind: 'siptrace.expiry', at, org_id: call.org_id, subject }),
    ]);
  }

  forget(id: string): void {
    this.#running.get(id)?.close();
    this.#running.delete(id);
  }
}

/** @returns undefined if the organization does not want it */
function itemOf(call: Call, task: string, { setting, trace }: RunningTrace): SipTrace | undefined {
  const isWanted = setting === 'all' || (call.hangup !== null && hasFailed(call));
  const { legs, messages, dropped } = trace;
  if (!isWanted || messages.length === 0) return undefined;
  return { call_id: call.id, task, at: call.created_at, legs, messages, dropped, facts: traceFacts(call, legs) };
}
