import { lazyPattern } from '../../dialplan/plan/lazy-pattern.ts';
import type {
  DialOutcome,
  DialedParty,
  FlowContext,
  FlowEvent,
  FlowExit,
  FlowOutcome,
  FlowState,
  HangUpReason,
} from '../schema/call-flow-state.ts';
import type { FlowCondition, FlowStep, StepOf, Walkable } from '../schema/call-flow.ts';
import { isAwaited, isForFlow, isInput, type SettlingEvent } from './awaited-events.ts';
import { FlowCall, callLimits } from './flow-call.ts';
import { fill, hasVariable, lengthOf, promptLength, valueOf, type Variables } from './flow-text.ts';
import { goesOn, isHosted, requestOf } from './hosted-step.ts';
import { readWebhookAnswer } from './webhook-answer.ts';

const wholeNumber = /^-?\d{1,15}$/;

/** Whether a condition of a branch holds. A value that is no whole number is between none. */
export function holds(condition: FlowCondition, variables: Variables): boolean {
  const value = valueOf(variables, condition.variable);
  const { equals, prefix, in: list, matches, between } = condition;
  if (equals !== undefined) return value === equals;
  if (prefix !== undefined) return value.startsWith(prefix);
  if (list !== undefined) return list.includes(value);
  if (matches !== undefined) return lazyPattern(matches).isFoundIn(value);
  if (between === undefined || !wholeNumber.test(value)) return false;
  return between[0] <= Number(value) && Number(value) <= between[1];
}

/** Steps of one event, none of which waits. */
const maxStepsAtOnce = 1_000;
/**
 * Characters of texts that one event fills, so that no event of a call holds up others. A flow has 65,536 of them and
 * 50 patterns (call-flow.ts), so that one pass through all of its steps never reaches it.
 */
const maxWork = 300_000;
/** A pattern that is matched, as characters: 100 instructions on 256 characters took up to 0.7 ms. */
const patternWork = 4_000;

/**
 * Walks a call through a flow: what an event changes, and what the host of the call does then. It never throws, and an
 * event takes a bounded number of steps, whatever the flow, the caller and webhooks do. A late event, of a command that
 * the call no longer waits for, changes nothing.
 *
 * @param flow that of `state.flow`; with `loaded` the one that `run_flow` asked for, if it exists
 */
export const step = (flow: Walkable, state: FlowState, event: FlowEvent, context: FlowContext): FlowOutcome =>
  state.phase === 'ended' ? { state, commands: [], exits: [] } : new Walk(flow, state, event.at, context).take(event);

type AskingStep = StepOf<'menu' | 'collect'>;

const asks = (present: FlowStep | undefined): present is AskingStep =>
  present?.type === 'menu' || present?.type === 'collect';

/** Whether a step that asks waits for a digit: it stops the prompt. */
const waitsFor = (asking: AskingStep, digit: string): boolean =>
  asking.type === 'collect' || Object.hasOwn(asking.choices, digit);

class Walk {
  readonly #flow: Walkable;
  readonly #context: FlowContext;
  readonly #call: FlowCall;
  readonly #exits: FlowExit[] = [];
  #work = 0;
  /** The step to enter next; undefined: the call waits, or has ended. */
  #following: string | undefined;

  constructor(flow: Walkable, state: FlowState, at: number, context: FlowContext) {
    this.#flow = flow;
    this.#context = context;
    this.#call = new FlowCall(state, at);
  }

  take(event: FlowEvent): FlowOutcome {
    this.#handle(event);
    for (let entries = 0; this.#following !== undefined; entries += 1) {
      const name = this.#following;
      this.#following = undefined;
      if (entries >= maxStepsAtOnce || this.#work > maxWork) this.#loop('too many steps that wait for nothing');
      else this.#enter(name);
    }
    return { state: this.#call.state, commands: this.#call.commands, exits: this.#exits };
  }

  #handle(event: FlowEvent): void {
    const { phase, awaits } = this.#call.state;
    switch (event.type) {
      case 'started':
        if (phase !== 'new') return;
        this.#call.startAlone();
        this.#call.noteInput();
        this.#following = this.#flow.start;
        return;
      case 'digit':
        if (!isForFlow(event.digit, phase)) return;
        this.#call.noteInput();
        this.#digit(event.digit);
        return;
      case 'timer':
        this.#expire(event.id);
        return;
      case 'hung_up':
        this.#call.end();
        return;
      default:
        if (event.id !== awaits || !isAwaited(event, phase)) return;
        if (isInput(event)) this.#call.noteInput();
        this.#settle(event);
    }
  }

  get #present(): FlowStep | undefined {
    return this.#call.stepOf(this.#flow, this.#call.state.step);
  }

  #settle(event: SettlingEvent): void {
    const present = this.#present;
    if (event.type === 'played') this.#promptEnded();
    else if (event.type === 'loaded') this.#loaded(event.exists);
    else if (present !== undefined) this.#carriedOut(present, event);
  }

  /** The host has carried out a step, or a part of it. */
  #carriedOut(present: FlowStep, event: SettlingEvent): void {
    if (present.type === 'park') this.#fetched(present, event);
    else if (present.type === 'dial' && event.type === 'dialed') this.#dialed(present, event.outcome);
    else if (present.type === 'webhook' && event.type === 'requested') this.#requested(present, event.answer);
    else if (present.type === 'voicemail') this.#follow('next', present.next);
    else if (present.type === 'mailbox') this.#follow('end', undefined);
    else if (present.type === 'sms' && event.type === 'sent') this.#sent(present, event.ok);
    else if (present.type === 'record' && event.type === 'recorded') this.#recorded(present, event.file);
  }

  #recorded({ into, next }: StepOf<'record'>, file: string | null): void {
    this.#call.set([[into, file ?? '']]);
    this.#follow('next', next);
  }

  #sent({ next, failed }: StepOf<'sms'>, isSent: boolean): void {
    if (isSent) this.#follow('next', next);
    else this.#follow('failed', failed);
  }

  #enter(name: string): void {
    const entered = this.#call.stepOf(this.#flow, name);
    if (entered === undefined) {
      this.#fail(`there is no step ${name}`);
      return;
    }
    const isEndless = this.#call.enter(name) >= callLimits.entries;
    const loop = isEndless ? `step ${name}` : this.#call.silentLoop(this.#flow);
    if (loop === undefined) this.#run(entered);
    else this.#loop(loop);
  }

  #run(present: FlowStep): void {
    if (asks(present)) {
      this.#call.answer();
      if (present.clear) this.#call.state.typed = '';
      this.#ask(present);
      return;
    }
    switch (present.type) {
      case 'play':
        this.#play(present);
        return;
      case 'dtmf':
        this.#call.answer();
        this.#call.play([{ kind: 'tones', digits: present.digits }]);
        return;
      case 'pause':
        this.#call.state.phase = 'pausing';
        this.#call.startTimer(present.seconds * 1_000);
        return;
      case 'dial':
        this.#dial(present);
        return;
      default:
        if (present.type === 'webhook') this.#request(present);
        else if (isHosted(present)) requestOf(present, this.#call, this.#isVariable);
        else this.#decide(present);
    }
  }

  /** Steps that wait for nothing, except where another flow is loaded. */
  #decide(present: StepOf<'time' | 'branch' | 'set' | 'goto' | 'hangup'>): void {
    const { variables } = this.#call.state;
    switch (present.type) {
      case 'time':
        this.#byTime(present);
        return;
      case 'branch':
        this.#branch(present);
        return;
      case 'set':
        this.#work += lengthOf(Object.values(present.variables));
        this.#call.set(Object.entries(present.variables).map(([name, value]) => [name, fill(value, variables)]));
        this.#follow('next', present.next);
        return;
      case 'goto':
        this.#goTo(present);
        return;
      case 'hangup':
        this.#follow('end', undefined, present.reason);
    }
  }

  #branch(present: StepOf<'branch'>): void {
    for (const [index, condition] of present.when.entries()) {
      if (condition.matches !== undefined) this.#work += patternWork;
      if (!holds(condition, this.#call.state.variables)) continue;
      this.#follow(`when[${index}]`, condition.to);
      return;
    }
    this.#follow('else', present.else);
  }

  #byTime(present: StepOf<'time'>): void {
    const state = this.#context.schedule(present.schedule) ?? 'unknown';
    if (state === 'unknown') this.#call.warn('callflow.failed', `there is no schedule ${present.schedule}`);
    const exit = state === 'unknown' || (state === 'holiday' && present.holiday === undefined) ? 'closed' : state;
    this.#follow(exit, present[exit]);
  }

  #goTo({ flow, step: to }: StepOf<'goto'>): void {
    if (flow === undefined || flow === this.#flow.id) {
      this.#call.state.answered_steps = null;
      this.#follow('step', to ?? this.#flow.start);
      return;
    }
    this.#exits.push({ step: this.#call.state.step, exit: 'flow', to: flow });
    this.#call.state.step = to ?? '';
    this.#call.wait('loading', { type: 'run_flow', id: this.#call.nextId(), flow, step: to ?? null });
  }

  #loaded(exists: boolean): void {
    const { state } = this.#call;
    const to = state.step === '' ? this.#flow.start : state.step;
    state.flows += 1;
    state.answered_steps = null;
    this.#call.forgetEntries('all');
    if (!exists) this.#fail('there is no such flow');
    else if (state.flows >= callLimits.entries) this.#loop(`flow ${this.#flow.id}`);
    else {
      state.flow = { id: this.#flow.id, version: this.#flow.version };
      this.#call.set([['language', this.#flow.language]]);
      this.#call.settle();
      this.#following = to;
    }
  }

  #play(present: StepOf<'play'>): void {
    if (present.answer) this.#call.answer();
    const { answered, early } = this.#call.state;
    const parts = this.#call.parts(present.prompt);
    this.#work += promptLength(present.prompt);
    if (parts.length > 0 && (answered || early.left > 0)) this.#call.play(parts);
    else this.#follow('next', present.next);
  }

  /** Asks for digits, unless those that were typed ahead answer. */
  #ask(present: AskingStep): void {
    const typed = Array.from(this.#call.state.typed);
    const isAnswered = present.interruptible && typed.some((digit) => waitsFor(present, digit));
    const parts = isAnswered ? [] : this.#call.parts(present.prompt);
    if (parts.length > 0) this.#call.play(parts);
    else this.#takeTyped(present);
  }

  #promptEnded(): void {
    const present = this.#present;
    this.#call.played();
    if (asks(present)) this.#takeTyped(present);
    else if (present?.type === 'play' || present?.type === 'dtmf') this.#follow('next', present.next);
  }

  #digit(digit: string): void {
    const { phase, timer } = this.#call.state;
    const present = this.#present;
    if (phase === 'recording') {
      const ends = timer !== null && present?.type === 'record' && present.end_keys.includes(digit);
      if (ends) this.#stopRecording();
      return;
    }
    this.#call.type(digit);
    if (!asks(present)) return;
    if (phase === 'listening') this.#takeTyped(present);
    else if (phase === 'playing' && present.interruptible && waitsFor(present, digit)) {
      this.#call.stopPlaying();
      this.#takeTyped(present);
    }
  }

  #takeTyped(present: AskingStep): void {
    this.#call.settle();
    if (present.type === 'menu') this.#choose(present);
    else this.#collect(present);
  }

  #choose(menu: StepOf<'menu'>): void {
    const digit = this.#call.takeDigit();
    if (digit === undefined) this.#listen(menu);
    else if (!Object.hasOwn(menu.choices, digit)) this.#failTry(menu, 'invalid');
    else {
      this.#call.set([['digits', digit]]);
      this.#follow(`choices.${digit}`, menu.choices[digit]);
    }
  }

  #failTry(menu: StepOf<'menu'>, exit: 'invalid' | 'timeout'): void {
    this.#call.state.failures += 1;
    if (this.#call.state.failures < menu.tries) this.#ask(menu);
    else this.#follow(exit, menu[exit]);
  }

  #collect(present: StepOf<'collect'>): void {
    const { state } = this.#call;
    while (state.collected.length < present.max) {
      const digit = this.#call.takeDigit();
      if (digit === undefined) {
        this.#listen(present);
        return;
      }
      if (digit === present.end_key) break;
      state.collected += digit;
    }
    this.#collected(present, 'invalid');
  }

  /** The input has ended. @param otherwise the exit after too few digits */
  #collected(present: StepOf<'collect'>, otherwise: 'invalid' | 'timeout'): void {
    const { collected } = this.#call.state;
    if (collected.length < present.min) {
      this.#follow(otherwise, present[otherwise]);
      return;
    }
    this.#call.set([
      ['digits', collected],
      [present.into, collected],
    ]);
    this.#follow('next', present.next);
  }

  #listen({ timeout_seconds: timeout }: AskingStep): void {
    this.#call.state.phase = 'listening';
    this.#call.startTimer(timeout * 1_000);
  }

  #expire(id: number): void {
    const { state } = this.#call;
    if (state.alone?.id === id) this.#loop('an hour without another party');
    if (state.timer?.id !== id) return;
    state.timer = null;
    const present = this.#present;
    if (state.phase === 'recording') this.#stopRecording();
    else if (state.phase === 'playing') {
      this.#call.stopPlaying();
      this.#promptEnded();
    } else if (asks(present)) this.#timedOut(present);
    else if (present?.type === 'pause') this.#follow('next', present.next);
    else if (present?.type === 'park') {
      this.#call.noteInput();
      this.#call.commands.push({ type: 'unpark' });
      this.#follow('timeout', present.timeout);
    }
  }

  #timedOut(present: AskingStep): void {
    if (present.type === 'menu') this.#failTry(present, 'timeout');
    else if (this.#call.state.collected === '') this.#follow('timeout', present.timeout);
    else this.#collected(present, 'timeout');
  }

  /** What a webhook answered is no constant of the flow. */
  readonly #isVariable = (text: string): boolean => this.#call.state.answered_steps !== null || hasVariable(text);

  #dial(present: StepOf<'dial'>): void {
    const { variables } = this.#call.state;
    const to = present.to
      .map((party): DialedParty =>
        typeof party === 'string'
          ? { number: fill(party, variables, { max: 64 }).trim(), from_variable: this.#isVariable(party) }
          : party,
      )
      .filter((party) => !('number' in party) || party.number !== '');
    if (to.length === 0) {
      this.#follow('unreachable', present.unreachable);
      return;
    }
    this.#call.wait('dialing', {
      type: 'dial',
      id: this.#call.nextId(),
      to,
      strategy: present.strategy,
      ring_seconds: present.ring_seconds,
      caller_id: present.caller_id ?? null,
      music: present.music ?? null,
      announce: this.#call.parts(present.announce),
      accept_key: present.accept_key ?? null,
      policy: this.#flow.external_policy,
      returns: goesOn(present, this.#call.state),
    });
  }

  /** A call that asks for a slot, or waits in it. */
  #fetched(present: StepOf<'park'>, event: SettlingEvent): void {
    if (event.type === 'parked') this.#parked(present, event.ok);
    else if (event.type === 'dialed') this.#dialed(present, event.outcome);
  }

  #parked({ timeout_seconds: timeout, full }: StepOf<'park'>, isParked: boolean): void {
    if (!isParked) {
      this.#follow('full', full);
      return;
    }
    this.#call.state.phase = 'parked';
    this.#call.startTimer(timeout * 1_000);
  }

  #dialed(present: StepOf<'dial' | 'park'>, outcome: DialOutcome | 'answered' | 'ended'): void {
    const { state } = this.#call;
    const isTalking = state.phase === 'talking';
    if (outcome === 'ended') {
      if (!isTalking) return;
      this.#call.startAlone();
      this.#follow('after', present.after);
    } else if (isTalking) {
      // Another outcome of the call that goes on is late.
    } else if (outcome === 'answered') {
      state.phase = 'talking';
      state.answered = true;
      this.#call.stopTimer();
      this.#call.stopAlone();
    } else if (present.type === 'dial') this.#follow(outcome, present[outcome], outcome === 'busy' ? 'busy' : 'normal');
  }

  /** One too many is an event; those that follow it are none, as a flow may take this step again and again. */
  #request(present: StepOf<'webhook'>): void {
    const counted = this.#call.countRequest();
    if (counted === 'sent') {
      requestOf(present, this.#call, this.#isVariable);
      return;
    }
    if (counted === 'first too many') this.#call.warn('callflow.failed', 'too many requests of the call to webhooks');
    this.#follow('failed', present.failed);
  }

  #requested(present: StepOf<'webhook'>, answer: unknown): void {
    const { state } = this.#call;
    const accepted = readWebhookAnswer(answer, this.#flow.steps);
    this.#call.set(accepted?.variables ?? []);
    if (accepted?.walk == null) {
      const exit = accepted === null ? 'failed' : 'next';
      this.#follow(exit, present[exit]);
      return;
    }
    const next = present.next ?? state.answered_steps?.next ?? null;
    state.answered_steps = { steps: accepted.walk.steps, next };
    state.answers += 1;
    this.#call.forgetEntries('answered');
    if (state.answers >= callLimits.entries) this.#loop('steps of webhooks');
    else this.#follow('steps', accepted.walk.start);
  }

  /** Goes on with a step. Where none is named, the steps of an answer return to the flow, and else the call ends. */
  #follow(exit: string, name: string | undefined, reason: HangUpReason = 'normal'): void {
    this.#call.settle();
    const { state } = this.#call;
    const next = name ?? (exit === 'end' ? null : state.answered_steps?.next) ?? null;
    this.#exits.push({ step: state.step, exit, to: next });
    if (name === undefined) state.answered_steps = null;
    if (next === null) this.#call.hangUp(reason);
    else this.#following = next;
  }

  #stopRecording(): void {
    this.#call.commands.push({ type: 'stop_recording', id: this.#call.state.awaits });
    this.#call.stopTimer();
  }

  #loop(reason: string): void {
    this.#call.warn('callflow.loop', reason);
    this.#call.hangUp('normal');
  }

  #fail(reason: string): void {
    this.#call.warn('callflow.failed', reason);
    this.#call.hangUp('normal');
  }
}
