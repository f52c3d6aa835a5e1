import { flowLimits, type FlowStep, type Walkable } from '../schema/call-flow.ts';
import type { FlowCommand, FlowPhase, FlowState, HangUpReason, PlayedPart } from '../schema/call-flow-state.ts';
import { playedParts, setVariables } from './flow-text.ts';

export const callLimits = {
  /** The entry of a step, of flows or of a webhook's steps that ends the call, as it is a loop. */
  entries: 200,
  /** Requests to servers, and those of them before the answer, which cost the caller nothing. */
  requests: 60,
  earlyRequests: 20,
  /** Changes of step without input. */
  changes: 2_000,
  /** Digits that are kept for later steps; more are dropped. */
  typed: 64,
  /** Milliseconds that are played before the answer. */
  early: 60_000,
  /** Milliseconds without another party. */
  alone: 3_600_000,
} as const;

/** Status of the response to the INVITE of a call that ends unanswered (RFC 3261, section 21). */
const statuses: Readonly<Record<HangUpReason, number>> = { normal: 480, busy: 486, rejected: 603 };

/** A call that is about to begin with a flow. @param variables of the call, such as `caller` */
export const initialState = (
  flow: Pick<Walkable, 'id' | 'version' | 'start' | 'language'>,
  variables: Readonly<Record<string, string>>,
): FlowState => ({
  flow: { id: flow.id, version: flow.version },
  answered_steps: null,
  step: flow.start,
  phase: 'new',
  awaits: 0,
  timer: null,
  alone: null,
  variables: setVariables({ language: flow.language }, Object.entries(variables)),
  typed: '',
  collected: '',
  failures: 0,
  answered: false,
  early: { left: callLimits.early, since: null },
  entered: {},
  flows: 0,
  answers: 0,
  serial: 0,
});

type Draft = { -readonly [Name in keyof FlowState]: FlowState[Name] };

/** A call while it takes an event: the state that follows, and the commands so far. */
export class FlowCall {
  readonly state: Draft;
  readonly commands: FlowCommand[] = [];
  readonly #at: number;
  /** The counts of `state` are copied once. */
  #entered: Record<string, number> | undefined;

  constructor(state: FlowState, at: number) {
    this.state = { ...state };
    this.#at = at;
  }

  /** Steps of an answer come before those of the flow. */
  stepOf(flow: Pick<Walkable, 'steps'>, name: string): FlowStep | undefined {
    const answered = this.state.answered_steps?.steps;
    if (answered !== undefined && Object.hasOwn(answered, name)) return answered[name];
    return Object.hasOwn(flow.steps, name) ? flow.steps[name] : undefined;
  }

  /** Makes a step the present one. @returns how often it was entered */
  enter(name: string): number {
    const { answered_steps: answered } = this.state;
    const isAnswered = answered !== null && Object.hasOwn(answered.steps, name);
    if (!isAnswered) this.state.answered_steps = null;
    this.state.step = name;
    this.state.failures = 0;
    this.state.collected = '';
    this.#entered ??= { ...this.state.entered };
    this.state.entered = this.#entered;
    const key = isAnswered ? `+${name}` : name;
    const count = (Object.hasOwn(this.#entered, key) ? (this.#entered[key] ?? 0) : 0) + 1;
    this.#entered[key] = count;
    return count;
  }

  /** An input has come: of the caller, of another party, or of a server. */
  noteInput(): void {
    this.state.silence = { since: this.#at, changes: 0, entered: [] };
  }

  /** Notes the present step of a flow. @returns why the call goes round without input; undefined: it does not */
  silentLoop({ id, max_silence_seconds: max = flowLimits.silence }: Walkable): string | undefined {
    const { step, silence = { since: this.#at, changes: 0, entered: [] } } = this.state;
    const [name, changes] = [`${id}/${step}`, silence.changes + 1];
    const isAgain = silence.entered.includes(name);
    this.state.silence = { ...silence, changes, ...(!isAgain && { entered: [...silence.entered, name] }) };
    if (changes > callLimits.changes) return `more than ${callLimits.changes} changes of step without input`;
    return isAgain && this.#at - silence.since >= max * 1_000
      ? `step ${step} again, ${max} s without input`
      : undefined;
  }

  /** Drops the counts of steps, those of an answer only or all. */
  forgetEntries(which: 'answered' | 'all'): void {
    const kept = Object.entries(this.state.entered).filter(([name]) => which === 'answered' && !name.startsWith('+'));
    this.#entered = Object.fromEntries(kept);
    this.state.entered = this.#entered;
  }

  /** Counts a request to a server. @returns whether it is sent, or is the first one too many in a row */
  countRequest(): 'sent' | 'first too many' | 'too many' {
    const { requests = 0, answered } = this.state;
    const limit = answered ? callLimits.requests : callLimits.earlyRequests;
    if (requests > limit) return 'too many';
    this.state.requests = requests + 1;
    return requests < limit ? 'sent' : 'first too many';
  }

  answer(): void {
    if (this.state.answered) return;
    this.state.answered = true;
    this.commands.push({ type: 'answer' });
  }

  /** What a prompt plays in this call. */
  parts(prompt: Parameters<typeof playedParts>[0]) {
    return playedParts(prompt, this.state.variables);
  }

  /** Plays; before the answer, as long as it may. */
  play(parts: readonly PlayedPart[]): void {
    const { answered, early } = this.state;
    this.wait('playing', { type: 'play', id: this.nextId(), parts, early: !answered });
    if (answered) return;
    this.state.early = { ...early, since: this.#at };
    this.startTimer(early.left);
  }

  stopPlaying(): void {
    this.commands.push({ type: 'stop_playing', id: this.state.awaits });
    this.played();
  }

  /** What was played before the answer counts. */
  played(): void {
    this.settle();
    const { left, since } = this.state.early;
    if (since !== null) this.state.early = { left: Math.max(0, left - Math.max(0, this.#at - since)), since: null };
  }

  /** Waits for the end of a command. */
  wait(phase: FlowPhase, command: Extract<FlowCommand, { readonly id: number }>): void {
    this.state.phase = phase;
    this.state.awaits = command.id;
    this.commands.push(command);
  }

  /** Waits for nothing more. */
  settle(): void {
    this.stopTimer();
    this.state.awaits = 0;
  }

  nextId(): number {
    this.state.serial += 1;
    return this.state.serial;
  }

  startTimer(milliseconds: number): void {
    const id = this.nextId();
    this.state.timer = { id, due: this.#at + milliseconds };
    this.commands.push({ type: 'start_timer', id, milliseconds });
  }

  stopTimer(): void {
    if (this.state.timer === null) return;
    this.commands.push({ type: 'stop_timer', id: this.state.timer.id });
    this.state.timer = null;
  }

  startAlone(): void {
    const id = this.nextId();
    this.state.alone = { id, due: this.#at + callLimits.alone };
    this.commands.push({ type: 'start_timer', id, milliseconds: callLimits.alone });
  }

  stopAlone(): void {
    if (this.state.alone === null) return;
    this.commands.push({ type: 'stop_timer', id: this.state.alone.id });
    this.state.alone = null;
  }

  /** Keeps a digit for the next step that asks. */
  type(digit: string): void {
    if (this.state.typed.length < callLimits.typed) this.state.typed += digit;
  }

  takeDigit(): string | undefined {
    const [digit] = this.state.typed;
    this.state.typed = this.state.typed.slice(1);
    return digit;
  }

  set(values: readonly (readonly [string, string])[]): void {
    this.state.variables = setVariables(this.state.variables, values);
  }

  warn(event: Extract<FlowCommand, { readonly type: 'warn' }>['event'], reason: string): void {
    this.commands.push({ type: 'warn', event, reason });
  }

  hangUp(reason: HangUpReason): void {
    this.commands.push({ type: 'hang_up', reason, status: this.state.answered ? null : statuses[reason] });
    this.end();
  }

  end(): void {
    this.settle();
    this.stopAlone();
    this.state.phase = 'ended';
  }
}
