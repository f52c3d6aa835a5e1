import type { Call } from '#schema/call.ts';
import type { Sound } from '#schema/sound.ts';
import type { SpokenText } from '#schema/speech.ts';
import { countryOf } from '#telephony/dialed-number.ts';
import { shuffled } from '#telephony/ring-group.ts';
import { initialState } from '#functions/telephony/call-flows/flow-call.ts';
import { step } from '#functions/telephony/call-flows/interpreter.ts';
import type { Walkable } from '#functions/telephony/schema/call-flow.ts';
import type {
  FlowCommand,
  FlowContext,
  FlowEvent,
  FlowPhase,
  FlowState,
  HangUpReason,
  PlayedPart,
} from '#functions/telephony/schema/call-flow-state.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { Application, ApplicationHost, StartApplication } from './application.ts';
import type { Acceptance } from './target.ts';
import type { FlowRequest, RequestOutcome } from './flow-requests.ts';
import type { FlowText } from './flow-texts.ts';

/** A call that walks through a flow (functions/telephony/README.md, "Call flows"). */

/** What a flow needs besides its call. */
export type FlowDependencies = FlowContext & {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The sound of a file; undefined: there is no such file, or it is no sound. */
  readonly sound: (file: string) => Promise<Sound | undefined>;
  /** The sounds of texts, in their order; undefined: one is not said. */
  readonly say: (texts: readonly SpokenText[]) => Promise<readonly (Sound | undefined)[]>;
  /** Asks a server of the organization. */
  readonly request: (request: FlowRequest) => Promise<RequestOutcome>;
  /** Has a text message queued. @returns why it is not sent; null if it is queued */
  readonly sendText: (text: FlowText) => Promise<string | null>;
  /** Another flow of the organization. */
  readonly flow: (id: string) => Promise<Walkable | undefined>;
  /** Records an event of the call. */
  readonly warn: (call: Call, event: 'callflow.loop' | 'callflow.failed', reason: string) => void;
  readonly fault: (error: unknown) => void;
};

type Command<T extends FlowCommand['type']> = Extract<FlowCommand, { readonly type: T }>;
type Event = FlowEvent extends infer Each ? (Each extends FlowEvent ? Omit<Each, 'at'> : never) : never;

/** Causes of ITU-T Q.850. */
const causes: Readonly<Record<HangUpReason, number>> = { normal: 16, busy: 17, rejected: 21 };
const notAnswered = 480;

/** What a caller hears where a message would be taken. */
export const noMailbox = {
  ...({ kind: 'speech', language: 'en', as: 'text' } as const),
  text: 'This mailbox does not take messages by phone yet. Please call again later.',
};

/** Begins the walk of a call. */
export const flowApplication =
  (flow: Walkable, dependencies: FlowDependencies): StartApplication =>
  (host) => {
    const state = initialState(flow, { ...headerVariables(host.headers()), ...callVariables(host.call()) });
    const application = new FlowApplication({ kind: 'flow', flow, state }, dependencies, host);
    application.begin();
    return application;
  };

/** Goes on with the walk of a call of another task. */
export const resumedFlow =
  (stored: StoredFlow, dependencies: FlowDependencies): StartApplication =>
  (host) => {
    const application = new FlowApplication(stored, dependencies, host);
    application.resume();
    return application;
  };

/** What a call may wait for while it moves to another task. What a host carries out in other phases ends with it. */
const movable: ReadonlySet<FlowPhase> = new Set(['playing', 'listening', 'pausing']);

/** The variables of a call that has just come. */
function callVariables({ numbers, source, destination, privacy }: Call): Readonly<Record<string, string>> {
  const caller = privacy ? '' : (numbers.caller ?? source.caller.user);
  return {
    caller,
    caller_name: privacy ? '' : source.caller.name,
    called: numbers.called ?? destination.requested.user,
    country: countryOf(caller) ?? '',
    anonymous: String(privacy),
  };
}

/** As variables, such as `header.x_order`. Of a header that comes more than once the first counts. */
const headerVariables = (headers: ReturnType<ApplicationHost['headers']>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    headers
      .map(([name, value]) => [`header.${name.toLowerCase().replaceAll(/[^a-z0-9]/gv, '_')}`, value] as const)
      .toReversed(),
  );

class FlowApplication implements Application {
  readonly #dependencies: FlowDependencies;
  readonly #host: ApplicationHost;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #events: Event[] = [];
  #isTaking = false;
  #isSuspended = false;
  /** Whether the sounds of a prompt are looked up. */
  #isPreparing = false;
  /** Id of the file of the present `record`; null: nothing is recorded. */
  #recording: Promise<string | null> = Promise.resolve(null);
  #flow: Walkable;
  #state: FlowState;

  constructor({ flow, state }: StoredFlow, dependencies: FlowDependencies, host: ApplicationHost) {
    this.#flow = flow;
    this.#dependencies = dependencies;
    this.#host = host;
    this.#state = state;
  }

  begin(): void {
    this.#take({ type: 'started' });
  }

  /** Waits on for what the call waited for at another task, or goes on after the called has hung up. */
  resume(): void {
    const { timer, alone, phase, awaits } = this.#state;
    const now = this.#dependencies.now();
    for (const each of [timer, alone]) if (each !== null) this.#startTimer(each.id, Math.max(0, each.due - now));
    if (phase === 'playing') this.#later(this.#playOn(awaits));
    if (phase === 'talking') this.#later(this.#goOnAfter(awaits));
  }

  get isMovable(): boolean {
    return !this.#isTaking && !this.#isPreparing && movable.has(this.#state.phase);
  }

  suspend(): StoredFlow | undefined {
    if (!this.isMovable) return undefined;
    this.#isSuspended = true;
    return { kind: 'flow', flow: this.#flow, state: this.#state };
  }

  goOn(): void {
    this.#isSuspended = false;
    this.#takeAll();
  }

  onDigit(digit: string): void {
    this.#take({ type: 'digit', digit });
  }

  onEnd(): void {
    this.#take({ type: 'hung_up' });
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Takes an event, and those that follow from it, in order. */
  #take(event: Event): void {
    this.#events.push(event);
    this.#takeAll();
  }

  #takeAll(): void {
    if (this.#isTaking || this.#isSuspended) return;
    this.#isTaking = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#walk(next);
    this.#isTaking = false;
  }

  #walk(event: Event): void {
    const { state, commands } = step(
      this.#flow,
      this.#state,
      { ...event, at: this.#dependencies.now() },
      this.#dependencies,
    );
    this.#state = state;
    for (const command of commands) this.#perform(command);
  }

  #perform(command: FlowCommand): void {
    switch (command.type) {
      case 'answer':
        this.#host.answer();
        return;
      case 'play':
        this.#later(this.#play(command));
        return;
      case 'stop_playing':
        this.#host.stop();
        return;
      case 'start_timer':
        this.#startTimer(command.id, command.milliseconds);
        return;
      case 'stop_timer':
        clearTimeout(this.#timers.get(command.id));
        this.#timers.delete(command.id);
        return;
      case 'dial':
        this.#later(this.#dial(command));
        return;
      case 'run_flow':
        this.#later(this.#load(command));
        return;
      case 'request':
        this.#later(this.#request(command));
        return;
      case 'hang_up':
        this.#host.hangUp({ status: command.status ?? notAnswered, q850: causes[command.reason] });
        return;
      case 'warn':
        this.#dependencies.warn(this.#host.call(), command.event, command.reason);
        return;
      default:
        this.#performLong(command);
    }
  }

  #performLong(command: Command<'record' | 'stop_recording' | 'sms' | 'voicemail'>): void {
    switch (command.type) {
      case 'record':
        this.#recording = this.#record(command);
        this.#later(this.#unrecorded(command.id, this.#recording));
        return;
      case 'stop_recording':
        this.#later(this.#stopRecording(command.id));
        return;
      case 'sms':
        this.#later(this.#sendText(command));
        return;
      case 'voicemail':
        this.#later(this.#deposit(command));
    }
  }

  #startTimer(id: number, milliseconds: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.#take({ type: 'timer', id }), milliseconds),
    );
  }

  /** Goes on when the message is queued. A step that a server has answered may have a template in place of a text. */
  async #sendText({ id, to, text }: Command<'sms'>): Promise<void> {
    const call_id = this.#host.call().id;
    const problem = text === null ? 'there are no templates' : await this.#dependencies.sendText({ call_id, to, text });
    if (problem !== null) this.#skip(new Error(`the message is not sent: ${problem}`));
    this.#take({ type: 'sent', id, ok: problem === null });
  }

  /** Messages are not taken by phone yet: the caller hears so. */
  async #deposit({ id, greeting }: Command<'voicemail'>): Promise<void> {
    await this.#host.play(await this.#soundsOf([...greeting, noMailbox]), (error) => this.#skip(error));
    this.#take({ type: 'deposited', id });
  }

  /** @returns id of the file; null: nothing is recorded */
  async #record({ beep }: Command<'record'>): Promise<string | null> {
    const isHeard = !beep || (await this.#host.play([{ platform: 'beep' }], (error) => this.#skip(error)));
    if (!isHeard || this.#state.phase !== 'recording') return null;
    try {
      return await this.#host.record();
    } catch (error) {
      this.#skip(error);
      return null;
    }
  }

  /** A step that cannot record is over. */
  async #unrecorded(id: number, recording: Promise<string | null>): Promise<void> {
    if ((await recording) === null) this.#take({ type: 'recorded', id, file: null });
  }

  async #stopRecording(id: number): Promise<void> {
    // It may have ended before the beep did.
    this.#host.stop();
    const file = await this.#recording;
    if (file !== null) await this.#host.stopRecording().catch((error: unknown) => this.#skip(error));
    this.#take({ type: 'recorded', id, file });
  }

  /** What cannot be fetched is skipped. */
  async #play({ id, parts, early }: Command<'play'>): Promise<void> {
    if (early) this.#host.progress();
    this.#isPreparing = true;
    const sounds = await this.#soundsOf(parts).finally(() => (this.#isPreparing = false));
    // A digit may have ended the prompt in between.
    if (this.#state.awaits !== id) return;
    if (await this.#host.play(sounds, (error) => this.#skip(error))) this.#take({ type: 'played', id });
  }

  async #soundsOf(parts: readonly PlayedPart[]): Promise<readonly PlayedSound[]> {
    const texts = parts.filter((part) => part.kind === 'speech');
    const said = texts.length === 0 ? [] : await this.#dependencies.say(texts);
    const sounds: PlayedSound[] = [];
    for (const part of parts) {
      if (part.kind === 'tones') {
        sounds.push(...Array.from(part.digits, (digit) => ({ platform: 'digit' as const, digit })));
        continue;
      }
      const sound = part.kind === 'file' ? await this.#soundOf(part.file) : this.#textOf(said[texts.indexOf(part)]);
      if (sound !== undefined) sounds.push(sound);
    }
    return sounds;
  }

  #textOf(sound: Sound | undefined): Sound | undefined {
    if (sound === undefined) this.#skip(new Error('a text is not said'));
    return sound;
  }

  async #playOn(id: number): Promise<void> {
    if (await this.#host.playOn((error) => this.#skip(error))) this.#take({ type: 'played', id });
  }

  async #goOnAfter(id: number): Promise<void> {
    this.#host.answer();
    await this.#host.joined();
    this.#take({ type: 'dialed', id, outcome: 'ended' });
  }

  async #soundOf(file: string): Promise<Sound | undefined> {
    const found = await this.#dependencies.sound(file);
    if (found === undefined) this.#skip(new Error(`there is no sound ${file}`));
    return found;
  }

  #skip(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'a sound does not play';
    this.#dependencies.warn(this.#host.call(), 'callflow.failed', reason);
  }

  /** Who has been idle longest is not known: those are called in their order. */
  async #dial(command: Command<'dial'>): Promise<void> {
    const { id, to, strategy, ring_seconds, caller_id, music: file, policy, announce, accept_key: key } = command;
    this.#host.answer();
    const parties = strategy === 'random' ? shuffled(to, this.#dependencies.random) : to;
    const music = file === null ? undefined : await this.#soundOf(file);
    const how = strategy === 'all' ? 'all' : 'in_order';
    const after = command.returns ? this.#whenAnswered(id) : null;
    const accept = announce.length === 0 && key === null ? undefined : this.#acceptance(announce, key);
    const wanted = { parties, strategy: how, ring_seconds, caller_id, policy, after, music, accept } as const;
    const outcome = await this.#host.dial(wanted);
    this.#take({ type: 'dialed', id, outcome });
  }

  #acceptance(announce: readonly PlayedPart[], key: string | null): Acceptance {
    return { announcement: () => this.#soundsOf(announce), onSkipped: (error) => this.#skip(error), key };
  }

  /** The call as it will be when a party of a `dial` has answered. */
  #whenAnswered(id: number): StoredFlow {
    const event = { type: 'dialed', id, outcome: 'answered', at: this.#dependencies.now() } as const;
    return { kind: 'flow', flow: this.#flow, state: step(this.#flow, this.#state, event, this.#dependencies).state };
  }

  async #load({ id, flow }: Command<'run_flow'>): Promise<void> {
    const next = await this.#dependencies.flow(flow);
    this.#flow = next ?? this.#flow;
    this.#take({ type: 'loaded', id, exists: next !== undefined });
  }

  async #request({ id, url, timeout_seconds, variables }: Command<'request'>): Promise<void> {
    const { id: call } = this.#host.call();
    const body = JSON.stringify({ type: 'callflow.webhook', call_id: call, flow_id: this.#flow.id, variables });
    const { answer, problem } = await this.#dependencies.request({ id: `${call}-${id}`, url, timeout_seconds, body });
    if (problem !== null) this.#dependencies.warn(this.#host.call(), 'callflow.failed', `the webhook ${problem}`);
    this.#take({ type: 'requested', id, answer });
  }

  /** A call of which a command fails unexpectedly ends: it would wait for ever. */
  #later(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#dependencies.fault(error);
      this.#host.hangUp({ status: 503, q850: 41 });
    });
  }
}
