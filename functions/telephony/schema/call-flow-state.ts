import type { DialTarget, dialStrategies, FlowSteps, hangUpReasons } from './call-flow.ts';

/**
 * A call on its way through a flow, as a value: the host of the call stores it, and passes it to another task as JSON.
 * Instants are Unix milliseconds of the host's clock.
 */

/** What the call waits for. */
export type FlowPhase =
  | 'new'
  /** The end of a prompt; steps that ask wait for digits too. */
  | 'playing'
  /** Digits. */
  | 'listening'
  | 'dialing'
  /** The call goes on with a party that it called. */
  | 'talking'
  | 'recording'
  | 'requesting'
  | 'texting'
  /** A message is left, or a mailbox heard. */
  | 'depositing'
  /** A slot. */
  | 'parking'
  /** In that slot: a phone that fetches the call, or the end of its time. */
  | 'parked'
  /** A time. */
  | 'pausing'
  /** Another flow. */
  | 'loading'
  | 'ended';

/** A timer that runs. An expiry with another id is of an earlier one. */
export type FlowTimer = { readonly id: number; readonly due: number };

/** A call without input: none has come from its caller, from another party or from a server. */
export type FlowSilence = {
  readonly since: number;
  /** Changes of step. */
  readonly changes: number;
  /** Steps that were entered, each with its flow. */
  readonly entered: readonly string[];
};

export type FlowState = {
  readonly flow: { readonly id: string; readonly version: number };
  /** Steps that a webhook answered; `next` is that of the step that asked. */
  readonly answered_steps: { readonly steps: FlowSteps; readonly next: string | null } | null;
  /** Name of the present step. While another flow is loaded, that of the step to go on with; `''`: its first. */
  readonly step: string;
  readonly phase: FlowPhase;
  /** Of the command whose end the call waits for. */
  readonly awaits: number;
  /** The timer of the present step. */
  readonly timer: FlowTimer | null;
  /** Ends an hour without another party; null while there is one. */
  readonly alone: FlowTimer | null;
  readonly variables: Readonly<Record<string, string>>;
  /** Digits that no step has taken yet. */
  readonly typed: string;
  /** Digits of the present `collect`. */
  readonly collected: string;
  /** Failed tries of the present `menu`. */
  readonly failures: number;
  readonly answered: boolean;
  /** Milliseconds that may still be played before the answer, and since when something is. */
  readonly early: { readonly left: number; readonly since: number | null };
  /** How often each step of the present flow was entered; `+` precedes those that a webhook answered. */
  readonly entered: Readonly<Record<string, number>>;
  /** What the call did since the last input. Absent in calls of earlier versions. */
  readonly silence?: FlowSilence;
  /** How often another flow was entered, and steps that a webhook answered. */
  readonly flows: number;
  readonly answers: number;
  /** Requests to servers, and one that was not sent, as they were too many. Absent in calls of earlier versions. */
  readonly requests?: number;
  /** The last id of a command. */
  readonly serial: number;
};

export type DialOutcome = 'busy' | 'no_answer' | 'unreachable' | 'denied';

/** What happened. `id` is that of the command that it answers. */
export type FlowEvent = { readonly at: number } & (
  | { readonly type: 'started' }
  /** One of 0-9, `*`, `#` and A-D. */
  | { readonly type: 'digit'; readonly digit: string }
  /** A prompt ended by itself. */
  | { readonly type: 'played'; readonly id: number }
  | { readonly type: 'timer'; readonly id: number }
  /** A dialed party answered, or a phone fetched the call; it hung up after that (`ended`), or none answered. */
  | { readonly type: 'dialed'; readonly id: number; readonly outcome: 'answered' | 'ended' | DialOutcome }
  /** Id of the file; null: nothing was recorded. */
  | { readonly type: 'recorded'; readonly id: number; readonly file: string | null }
  /** The JSON of a webhook's answer; undefined: there was none. */
  | { readonly type: 'requested'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'sent'; readonly id: number; readonly ok: boolean }
  | { readonly type: 'deposited'; readonly id: number }
  /** Whether the call is in a slot; false: none is free. */
  | { readonly type: 'parked'; readonly id: number; readonly ok: boolean }
  /** The flow that `run_flow` asked for comes with this event, or it does not exist. */
  | { readonly type: 'loaded'; readonly id: number; readonly exists: boolean }
  | { readonly type: 'hung_up' }
);

/** A part of a prompt, with its variables filled in. */
export type PlayedPart =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'speech'; readonly text: string; readonly language: string; readonly as: string }
  /** The tones of digits (ITU-T Q.23). */
  | { readonly kind: 'tones'; readonly digits: string };

/** A party to call. A number from a variable reaches own extensions only, unless `policy` allows more. */
export type DialedParty = { readonly number: string; readonly from_variable: boolean } | Exclude<DialTarget, string>;

export type HangUpReason = (typeof hangUpReasons)[number];

/** What the host does. It answers a command that has an `id` with an event of this id. */
export type FlowCommand =
  | { readonly type: 'answer' }
  | { readonly type: 'play'; readonly id: number; readonly parts: readonly PlayedPart[]; readonly early: boolean }
  /** Stops it; no `played` is needed. */
  | { readonly type: 'stop_playing'; readonly id: number }
  | { readonly type: 'start_timer'; readonly id: number; readonly milliseconds: number }
  | { readonly type: 'stop_timer'; readonly id: number }
  | {
      readonly type: 'dial';
      readonly id: number;
      readonly to: readonly DialedParty[];
      readonly strategy: (typeof dialStrategies)[number];
      readonly ring_seconds: number;
      /** E.164, or `original`; null: that of the organization. */
      readonly caller_id: string | null;
      /** Id of a file; null: a ringing tone. */
      readonly music: string | null;
      readonly announce: readonly PlayedPart[];
      readonly accept_key: string | null;
      /** Id of a policy that may allow what comes from a variable. */
      readonly policy: string | null;
      /** Whether the flow goes on when the called hangs up; else the call ends. */
      readonly returns: boolean;
    }
  | { readonly type: 'record'; readonly id: number; readonly max_seconds: number; readonly beep: boolean }
  /** Ends it; `recorded` follows. */
  | { readonly type: 'stop_recording'; readonly id: number }
  | {
      readonly type: 'request';
      readonly id: number;
      readonly url: string;
      readonly timeout_seconds: number;
      readonly variables: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'sms';
      readonly id: number;
      readonly to: string;
      readonly from_variable: boolean;
      readonly text: string | null;
      readonly template: string | null;
    }
  | {
      readonly type: 'voicemail';
      readonly id: number;
      readonly mailbox: string;
      readonly greeting: readonly PlayedPart[];
    }
  /** Lets the caller hear a mailbox; `deposited` follows when it leaves it. */
  | { readonly type: 'mailbox'; readonly id: number }
  /** Takes a slot; `parked` follows, and the caller hears music in it. */
  | { readonly type: 'park'; readonly id: number }
  /** Leaves the slot. */
  | { readonly type: 'unpark' }
  /** Loads another flow; `loaded` follows, with the flow as the first argument of `step`. */
  | { readonly type: 'run_flow'; readonly id: number; readonly flow: string; readonly step: string | null }
  /** `status`: of the response to the INVITE; null after the answer. */
  | { readonly type: 'hang_up'; readonly reason: HangUpReason; readonly status: number | null }
  /** An event of the organization. */
  | { readonly type: 'warn'; readonly event: 'callflow.loop' | 'callflow.failed'; readonly reason: string };

/** The state of a schedule; undefined: there is no such schedule. */
export type ScheduleState = 'open' | 'closed' | 'holiday';

/** What a step may look up. */
export type FlowContext = { readonly schedule: (id: string) => ScheduleState | undefined };

/**
 * A step that the call has left, by which exit and for which step; null: the call ends. `exit` is the field of the step
 * that decided, such as `choices.1` or `when[0]`; `steps` is those that a webhook answered, `end` a `hangup`.
 */
export type FlowExit = { readonly step: string; readonly exit: string; readonly to: string | null };

export type FlowOutcome = {
  readonly state: FlowState;
  readonly commands: readonly FlowCommand[];
  readonly exits: readonly FlowExit[];
};
