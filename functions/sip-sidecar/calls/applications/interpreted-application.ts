import type { StoredApplication } from '../call/moved-application.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { Application, ApplicationHost } from './application.ts';

/** What an interpreter may wait for: a timer, and the command with an id. */
type Waiting = { readonly awaits: number; readonly timer: { readonly id: number; readonly due: number } | null };

/** Events that every interpreter takes. */
type InterpreterEvent =
  | { readonly type: 'started' | 'hung_up' }
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'timer' | 'played'; readonly id: number };

/** Commands that every interpreter may give. */
export type InterpreterCommand =
  | { readonly type: 'answer' | 'stop_playing' }
  | { readonly type: 'start_timer'; readonly id: number; readonly milliseconds: number }
  | { readonly type: 'stop_timer'; readonly id: number };

const interpreterCommands: ReadonlySet<string> = new Set<InterpreterCommand['type']>([
  'answer',
  'stop_playing',
  'start_timer',
  'stop_timer',
]);

const isInterpreterCommand = (command: { readonly type: string }): command is InterpreterCommand =>
  interpreterCommands.has(command.type);

export type InterpretedDependencies = {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
};

/**
 * An application whose interpreter is a pure function: (state, event) → (state, commands). This is its driver: events
 * in their order, timers, digits, and the move to another task. What its own commands do is up to the application.
 */
export abstract class InterpretedApplication<
  State extends Waiting,
  Event extends { readonly type: string },
  OwnCommand extends { readonly type: string },
  Stored extends StoredApplication,
> implements Application {
  protected readonly host: ApplicationHost;
  protected state: State;
  readonly #dependencies: InterpretedDependencies;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #events: (Event | InterpreterEvent)[] = [];
  #isTaking = false;
  #isSuspended = false;
  /** Whether the sounds of a prompt are looked up. */
  #isPreparing = false;

  constructor(state: State, dependencies: InterpretedDependencies, host: ApplicationHost) {
    this.state = state;
    this.#dependencies = dependencies;
    this.host = host;
  }

  protected abstract step(event: Event | InterpreterEvent): {
    readonly state: State;
    readonly commands: readonly (InterpreterCommand | OwnCommand)[];
  };

  protected abstract perform(command: OwnCommand): void;

  /** Whether another task can go on with what the call waits for now. */
  protected abstract get mayMove(): boolean;

  /** What that task begins with. */
  protected abstract get stored(): Stored;

  begin(): void {
    this.take({ type: 'started' });
  }

  get isMovable(): boolean {
    return !this.#isTaking && !this.#isPreparing && this.mayMove;
  }

  suspend(): Stored | undefined {
    if (!this.isMovable) return undefined;
    this.#isSuspended = true;
    return this.stored;
  }

  goOn(): void {
    this.#isSuspended = false;
    this.#takeAll();
  }

  onDigit(digit: string): void {
    this.take({ type: 'digit', digit });
  }

  onEnd(): void {
    this.take({ type: 'hung_up' });
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Takes an event, and those that follow from it, in order. */
  protected take(event: Event | InterpreterEvent): void {
    this.#events.push(event);
    this.#takeAll();
  }

  #takeAll(): void {
    if (this.#isTaking || this.#isSuspended) return;
    this.#isTaking = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const { state, commands } = this.step(next);
      this.state = state;
      for (const command of commands) {
        if (isInterpreterCommand(command)) this.#performOnCall(command);
        else this.perform(command);
      }
    }
    this.#isTaking = false;
  }

  #performOnCall(command: InterpreterCommand): void {
    switch (command.type) {
      case 'answer':
        this.host.answer();
        return;
      case 'stop_playing':
        this.host.stop();
        return;
      case 'start_timer':
        this.#startTimer(command.id, command.milliseconds);
        return;
      case 'stop_timer':
        clearTimeout(this.#timers.get(command.id));
        this.#timers.delete(command.id);
    }
  }

  #startTimer(id: number, milliseconds: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.take({ type: 'timer', id }), milliseconds),
    );
  }

  /** Goes on with a timer of another task. */
  protected resumeTimer(timer: Waiting['timer']): void {
    if (timer !== null) this.#startTimer(timer.id, Math.max(0, timer.due - this.#dependencies.now()));
  }

  /** Looks sounds up, and plays them, unless a digit has ended the prompt in between. */
  protected async play(id: number, lookUp: () => Promise<readonly PlayedSound[]>): Promise<void> {
    this.#isPreparing = true;
    const sounds = await lookUp().finally(() => (this.#isPreparing = false));
    if (this.state.awaits !== id) return;
    if (await this.host.play(sounds, (error) => this.skip(error))) this.take({ type: 'played', id });
  }

  /** Plays on what another task began to play. */
  protected async playOn(id: number): Promise<void> {
    if (await this.host.playOn((error) => this.skip(error))) this.take({ type: 'played', id });
  }

  /** A sound does not play, and the call goes on. */
  protected abstract skip(error: unknown): void;

  /** A call of which a command fails unexpectedly ends: it would wait for ever. */
  protected later(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#dependencies.fault(error);
      this.host.hangUp({ status: 503, q850: 41 });
    });
  }
}
