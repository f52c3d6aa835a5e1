import type { TracedMessage, TracedParty, TraceSetting } from '#telephony/sip-trace.ts';
import { minute, second } from '#schema/time.ts';
import type { SipMessage } from '#sip/message.ts';
import type { Flow } from '../transport/flow.ts';
import { CallTrace, type TraceMemory } from './call-trace.ts';
import { cutOut } from './cut-out.ts';

/** Bytes of all traces of a task. */
const maxMemory = 32 * 1_024 * 1_024;
/** Dialogs that no call has yet, the messages of each, and how long they wait for one. */
const waitingLimits = { dialogs: 256, messages: 8, milliseconds: 32 * second } as const;
/** Milliseconds after the last traced call for which messages of new dialogs wait for their call. */
const readyTime = 10 * minute;

type Seen = Omit<TracedMessage, 'leg'>;
type Waiting = { readonly since: number; readonly messages: Seen[] };

/** The trace of a call, as its call sees it. */
export type RunningTrace = {
  readonly setting: Exclude<TraceSetting, 'off'>;
  readonly trace: CallTrace;
  /** The messages of a dialog belong to the call from now on. */
  readonly follow: (sipCallId: string, party: TracedParty) => void;
  /** Forgets the call. */
  readonly close: () => void;
};

type Dependencies = {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In place of a local address that is none, as of a socket of all interfaces. */
  readonly host: string;
};

/** Of dialogs that no call has yet: an INVITE has none before its credentials are verified. */
function mayBeginCall(text: string): boolean {
  return (
    /^(?:INVITE|ACK) /.test(text) || (text.startsWith('SIP/2.0 ') && /^CSeq[ \t]*:[ \t]*\d+[ \t]+INVITE/im.test(text))
  );
}

const callIdHeader = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im;

/**
 * The SIP messages of the calls whose organizations have them traced, as they pass the sockets of this task. While
 * there is no such call, a message costs two comparisons.
 */
export class SipTraces {
  readonly #dependencies: Dependencies;
  readonly #memory: TraceMemory = { used: 0, max: maxMemory };
  /** By Call-ID. */
  readonly #followed = new Map<string, { readonly trace: CallTrace; readonly leg: number }>();
  /** By Call-ID, the oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  #readyUntil = 0;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Bytes that the traces of calls in progress take. */
  get bytes(): number {
    return this.#memory.used;
  }

  /** Dialogs that wait for their call. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A call begins. @returns undefined if it is not traced */
  begin(setting: TraceSetting | undefined): RunningTrace | undefined {
    if (setting === undefined || setting === 'off') return undefined;
    this.#readyUntil = this.#dependencies.now() + readyTime;
    const trace = new CallTrace(this.#memory);
    const own = new Set<string>();
    return {
      setting,
      trace,
      follow: (sipCallId, party) => {
        own.add(sipCallId);
        this.#follow(trace, sipCallId, party);
      },
      close: () => {
        // A transfer may have given a dialog to another call.
        for (const id of own) if (this.#followed.get(id)?.trace === trace) this.#followed.delete(id);
        trace.close();
      },
    };
  }

  received(message: SipMessage, bytes: Buffer, flow: Flow): void {
    if (this.#isIdle) return;
    this.#note('received', message.callId, bytes, flow);
  }

  /** The INVITE of a call that is about to be followed, unless it was seen: of the first one nothing was traced. */
  invited(message: SipMessage, bytes: Buffer, flow: Flow): void {
    const seen = this.#waiting.get(message.callId)?.messages ?? [];
    if (seen.some(({ direction }) => direction === 'received')) return;
    this.#waiting.delete(message.callId);
    this.received(message, bytes, flow);
    const { messages = [] } = this.#waiting.get(message.callId) ?? {};
    // It came before what was sent since: traces are read by time.
    messages.splice(0, 1, ...messages.map((each) => ({ ...each, at: seen[0]?.at ?? each.at })), ...seen);
  }

  sent(bytes: Buffer, flow: Flow): void {
    if (this.#isIdle) return;
    const [, callId] = callIdHeader.exec(bytes.toString('latin1', 0, 8_192)) ?? [];
    if (callId !== undefined) this.#note('sent', callId, bytes, flow);
  }

  get #isIdle(): boolean {
    return this.#followed.size === 0 && this.#readyUntil === 0;
  }

  #note(direction: Seen['direction'], callId: string, bytes: Buffer, flow: Flow): void {
    const followed = this.#followed.get(callId);
    const now = this.#dependencies.now();
    if (followed === undefined && !this.#mayWait(bytes, now)) return;
    const { transport, remote } = flow;
    const local = { ...flow.local, address: this.#hostOf(flow) };
    const seen: Seen = { at: now, direction, transport, local, remote, text: cutOut(bytes) };
    if (followed === undefined) this.#wait(callId, seen);
    else followed.trace.add({ ...seen, leg: followed.leg });
  }

  #hostOf({ local: { address } }: Flow): string {
    return address === '0.0.0.0' || address === '::' ? this.#dependencies.host : address;
  }

  #mayWait(bytes: Buffer, now: number): boolean {
    if (now < this.#readyUntil) return mayBeginCall(bytes.toString('latin1', 0, 4_096));
    this.#readyUntil = 0;
    this.#waiting.clear();
    return false;
  }

  #wait(callId: string, seen: Seen): void {
    const known = this.#waiting.get(callId);
    if (known !== undefined) {
      if (known.messages.length < waitingLimits.messages) known.messages.push(seen);
      return;
    }
    for (const [id, { since }] of this.#waiting) {
      if (this.#waiting.size < waitingLimits.dialogs && seen.at - since < waitingLimits.milliseconds) break;
      this.#waiting.delete(id);
    }
    this.#waiting.set(callId, { since: seen.at, messages: [seen] });
  }

  #follow(trace: CallTrace, callId: string, party: TracedParty): void {
    const leg = trace.leg(callId, party);
    this.#followed.set(callId, { trace, leg });
    for (const seen of this.#waiting.get(callId)?.messages ?? []) trace.add({ ...seen, leg });
    this.#waiting.delete(callId);
  }
}
