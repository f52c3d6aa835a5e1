import type { Call } from '#telephony/call.ts';
import type { Sound } from '#schema/sound.ts';
import type { SpokenText } from '#schema/speech.ts';
import { countryOf } from '#telephony/dialed-number.ts';
import { shuffled } from '#telephony/ring-group.ts';
import { initialState } from '#functions/telephony/call-flows/flow-call.ts';
import { withoutCallersWords } from '#functions/telephony/call-flows/flow-text.ts';
import { goesOnWhenFetched } from '#functions/telephony/call-flows/hosted-step.ts';
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
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import type { Application, ApplicationHost, StartApplication, Acceptance } from './application.ts';
import { InterpretedApplication, type InterpreterCommand } from './interpreted-application.ts';
import type { FlowRequest, RequestOutcome, FlowText } from './flow-questions.ts';

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
  /**
   * What takes a message for a mailbox; undefined: there is no such mailbox.
   * @param greeting what callers hear in place of that of the mailbox
   */
  readonly deposit: (
    mailbox: string,
    greeting: readonly PlayedSound[] | undefined,
  ) => Promise<StartApplication | undefined>;
  /** What lets the caller hear a mailbox, as from outside. */
  readonly mailbox: () => Promise<StartApplication>;
  /** Another flow of the organization. */
  readonly flow: (id: string) => Promise<Walkable | undefined>;
  /** Records an event of the call. */
  readonly warn: (call: Call, event: 'callflow.loop' | 'callflow.failed', reason: string) => void;
  readonly fault: (error: unknown) => void;
};

type Command<T extends FlowCommand['type']> = Extract<FlowCommand, { readonly type: T }>;
type OwnCommand = Exclude<FlowCommand, InterpreterCommand>;
type Event = FlowEvent extends infer Each ? (Each extends FlowEvent ? Omit<Each, 'at'> : never) : never;

/** Causes of ITU-T Q.850. */
const causes: Readonly<Record<HangUpReason, number>> = { normal: 16, busy: 17, rejected: 21 };
const notAnswered = 480;

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
const movable: ReadonlySet<FlowPhase> = new Set(['playing', 'listening', 'pausing', 'parked']);

/** The variables of a call that has just come. */
function callVariables({ numbers, source, destination, privacy, stir }: Call): Readonly<Record<string, string>> {
  const caller = privacy ? '' : (numbers.caller ?? source.caller.user);
  return {
    caller,
    caller_name: privacy ? '' : source.caller.name,
    called: numbers.called ?? destination.requested.user,
    country: countryOf(caller) ?? '',
    anonymous: String(privacy),
    verstat: stir?.verstat ?? 'No-TN-Validation',
    attestation: stir?.attestation ?? '',
  };
}

/** As variables, such as `header.x_order`. Of a header that comes more than once the first counts. */
const headerVariables = (headers: ReturnType<ApplicationHost['headers']>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    headers
      .map(([name, value]) => [`header.${name.toLowerCase().replaceAll(/[^a-z0-9]/gv, '_')}`, value] as const)
      .toReversed(),
  );

class FlowApplication extends InterpretedApplication<FlowState, Event, OwnCommand, StoredFlow> {
  readonly #dependencies: FlowDependencies;
  /** Id of the file of the present `record`; null: nothing is recorded. */
  #recording: Promise<string | null> = Promise.resolve(null);
  #flow: Walkable;
  /** Takes a message, or lets a mailbox be heard, in place of the flow. */
  #guest: Application | undefined;

  constructor({ flow, state }: StoredFlow, dependencies: FlowDependencies, host: ApplicationHost) {
    super(state, dependencies, host);
    this.#flow = flow;
    this.#dependencies = dependencies;
  }

  /** Waits on for what the call waited for at another task, or goes on after the called has hung up. */
  resume(): void {
    const { timer, alone, phase, awaits } = this.state;
    this.resumeTimer(timer);
    this.resumeTimer(alone);
    if (phase === 'playing') this.later(this.playOn(awaits));
    if (phase === 'talking') this.later(this.#goOnAfter(awaits));
    if (phase === 'parked') this.host.hold(true);
  }

  override onDigit(digit: string): void {
    if (this.#guest === undefined) super.onDigit(digit);
    else this.#guest.onDigit(digit);
  }

  override onEnd(): void {
    this.#guest?.onEnd();
    super.onEnd();
  }

  get afterFetch(): StoredFlow | undefined {
    return goesOnWhenFetched(this.#flow, this.state) ? this.#whenAnswered(this.state.awaits) : undefined;
  }

  protected override get mayMove(): boolean {
    return movable.has(this.state.phase);
  }

  protected override get stored(): StoredFlow {
    return { kind: 'flow', flow: this.#flow, state: this.state };
  }

  protected override step(event: Event) {
    return step(this.#flow, this.state, { ...event, at: this.#dependencies.now() }, this.#dependencies);
  }

  protected override perform(command: OwnCommand): void {
    switch (command.type) {
      case 'play':
        if (command.early) this.host.progress();
        this.later(this.play(command.id, () => this.#soundsOf(command.parts)));
        return;
      case 'hang_up':
        this.host.hangUp({ status: command.status ?? notAnswered, q850: causes[command.reason] });
        return;
      case 'warn':
        this.#dependencies.warn(this.host.call(), command.event, command.reason);
        return;
      default:
        this.#performLong(command);
    }
  }

  #performLong(command: Command<Exclude<OwnCommand['type'], 'play' | 'hang_up' | 'warn'>>): void {
    switch (command.type) {
      case 'dial':
        this.later(this.#dial(command));
        return;
      case 'park':
        this.later(this.#park(command.id));
        return;
      case 'unpark':
        this.later(this.host.park(false).then(() => undefined));
        return;
      case 'run_flow':
        this.later(this.#load(command));
        return;
      case 'request':
        this.later(this.#request(command));
        return;
      case 'record':
        this.#recording = this.#record(command);
        this.later(this.#unrecorded(command.id, this.#recording));
        return;
      case 'stop_recording':
        this.later(this.#stopRecording(command.id));
        return;
      case 'sms':
        this.later(this.#sendText(command));
        return;
      case 'voicemail':
        this.later(this.#leaveMessage(command));
        return;
      case 'mailbox':
        this.later(this.#visitMailbox(command));
    }
  }

  /** Goes on when the message is queued. A template has no words of a caller who may have chosen the number. */
  async #sendText({ id, to, text, template, from_variable: isChosen }: Command<'sms'>): Promise<void> {
    const call_id = this.host.call().id;
    const known = isChosen ? withoutCallersWords(this.state.variables) : this.state.variables;
    const variables = template === null ? {} : known;
    const problem = await this.#dependencies.sendText({ call_id, to, text, template, variables });
    if (problem !== null) this.skip(new Error(`the message is not sent: ${problem}`));
    this.take({ type: 'sent', id, ok: problem === null });
  }

  /** Lets a message be left, and goes on after it. What the flow plays comes before the greeting of the mailbox. */
  async #leaveMessage({ id, mailbox, greeting }: Command<'voicemail'>): Promise<void> {
    const played = greeting.length === 0 ? undefined : await this.#soundsOf(greeting);
    const start = await this.#dependencies.deposit(mailbox, played);
    if (start !== undefined) {
      this.#begin(id, start);
      return;
    }
    this.skip(new Error(`there is no mailbox ${mailbox}`));
    this.take({ type: 'deposited', id });
  }

  async #visitMailbox({ id }: Command<'mailbox'>): Promise<void> {
    this.#begin(id, await this.#dependencies.mailbox());
  }

  /** Another application has the caller, until it would end the call. */
  #begin(id: number, start: StartApplication): void {
    // The caller may have hung up in between.
    if (this.state.awaits !== id || this.state.phase !== 'depositing') return;
    const goOn = (): void => {
      this.#guest = undefined;
      this.take({ type: 'deposited', id });
    };
    this.#guest = start({ ...this.host, hangUp: goOn });
  }

  /** @returns id of the file; null: nothing is recorded */
  async #record({ beep }: Command<'record'>): Promise<string | null> {
    const isHeard = !beep || (await this.host.play([{ platform: 'beep' }], (error) => this.skip(error)));
    if (!isHeard || this.state.phase !== 'recording') return null;
    try {
      return await this.host.record();
    } catch (error) {
      this.skip(error);
      return null;
    }
  }

  /** A step that cannot record is over. */
  async #unrecorded(id: number, recording: Promise<string | null>): Promise<void> {
    if ((await recording) === null) this.take({ type: 'recorded', id, file: null });
  }

  async #stopRecording(id: number): Promise<void> {
    // It may have ended before the beep did.
    this.host.stop();
    const file = await this.#recording;
    if (file !== null) await this.host.stopRecording().catch((error: unknown) => this.skip(error));
    this.take({ type: 'recorded', id, file });
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
    if (sound === undefined) this.skip(new Error('the speech of a text is missing'));
    return sound;
  }

  async #goOnAfter(id: number): Promise<void> {
    this.host.answer();
    await this.host.joined();
    this.take({ type: 'dialed', id, outcome: 'ended' });
  }

  async #soundOf(file: string): Promise<Sound | undefined> {
    const found = await this.#dependencies.sound(file);
    if (found === undefined) this.skip(new Error(`there is no sound ${file}`));
    return found;
  }

  /** What cannot be fetched is skipped. */
  protected override skip(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'a sound does not play';
    this.#dependencies.warn(this.host.call(), 'callflow.failed', reason);
  }

  async #dial(command: Command<'dial'>): Promise<void> {
    const { id, to, strategy, ring_seconds, caller_id, music: file, policy, announce, accept_key: key } = command;
    this.host.answer();
    const parties = strategy === 'random' ? shuffled(to, this.#dependencies.random) : to;
    const music = file === null ? undefined : await this.#soundOf(file);
    const how = strategy === 'random' ? 'in_order' : strategy;
    const after = command.returns ? this.#whenAnswered(id) : null;
    const accept = announce.length === 0 && key === null ? undefined : this.#acceptance(announce, key);
    const dialed = { parties, strategy: how, ring_seconds, caller_id, policy } as const;
    const wanted = { ...dialed, after, music, accept, user: null };
    const outcome = await this.host.dial(wanted);
    this.take({ type: 'dialed', id, outcome });
  }

  #acceptance(announce: readonly PlayedPart[], key: string | null): Acceptance {
    return { announcement: () => this.#soundsOf(announce), onSkipped: (error) => this.skip(error), key };
  }

  /** The call as it will be when a party of a `dial` has answered. */
  #whenAnswered(id: number): StoredFlow {
    const event = { type: 'dialed', id, outcome: 'answered', at: this.#dependencies.now() } as const;
    return { kind: 'flow', flow: this.#flow, state: step(this.#flow, this.state, event, this.#dependencies).state };
  }

  async #park(id: number): Promise<void> {
    this.take({ type: 'parked', id, ok: await this.host.park(true) });
  }

  async #load({ id, flow }: Command<'run_flow'>): Promise<void> {
    const next = await this.#dependencies.flow(flow);
    this.#flow = next ?? this.#flow;
    this.take({ type: 'loaded', id, exists: next !== undefined });
  }

  async #request({ id, url, timeout_seconds, variables }: Command<'request'>): Promise<void> {
    const { id: call } = this.host.call();
    const body = JSON.stringify({ type: 'callflow.webhook', call_id: call, flow_id: this.#flow.id, variables });
    const { answer, problem } = await this.#dependencies.request({ id: `${call}-${id}`, url, timeout_seconds, body });
    if (problem !== null) this.#dependencies.warn(this.host.call(), 'callflow.failed', `the webhook ${problem}`);
    this.take({ type: 'requested', id, answer });
  }
}
