import type { Action, Machine, State, TransactionEvent, Transition } from './machines.ts';
import type { TimerName, Timers } from './timers.ts';

/** Calls `fire` after some milliseconds. @returns a function that cancels the timer */
export type SetTimer = (milliseconds: number, fire: () => void) => () => void;

/** The effects of a machine besides its timers. */
export type Effects<Message> = {
  readonly perform: (
    action: Exclude<Action, `start ${TimerName}` | `repeat ${TimerName}`>,
    message: Message | undefined,
  ) => void;
  readonly ended: () => void;
};

type Running = { readonly cancel: () => void; readonly milliseconds: number };

/** How the timers of a run go. */
export type RunOptions = {
  readonly reliable: boolean;
  readonly setTimer: SetTimer;
  readonly timers: Timers;
  /** A timer that does not run. */
  readonly without?: TimerName;
};

/** A running state machine. Entering a state cancels every timer that this state does not handle. */
export class Run<Message> {
  readonly #machine: Machine;
  readonly #effects: Effects<Message>;
  readonly #options: RunOptions;
  readonly #running = new Map<TimerName, Running>();
  #state: State;

  constructor(machine: Machine, effects: Effects<Message>, options: RunOptions) {
    this.#machine = machine;
    this.#effects = effects;
    this.#options = options;
    this.#state = machine.first.to;
  }

  get state(): State {
    return this.#state;
  }

  begin(): void {
    this.#apply(this.#machine.first, undefined);
  }

  /** Enters a state in which another task has left it. */
  resume(state: State): void {
    this.#state = state;
  }

  /** Processes an event. Events that the current state does not name are ignored. */
  on(event: TransactionEvent, message?: Message): void {
    const transition = this.#machine.states[this.#state]?.[event];
    if (transition !== undefined) this.#apply(transition, message);
  }

  /** Ends at once, without effects. */
  abandon(): void {
    for (const { cancel } of this.#running.values()) cancel();
    this.#running.clear();
    this.#state = 'terminated';
  }

  /** Enters the state before its actions run, because an action may cause the next event. */
  #apply({ to, actions }: Transition, message: Message | undefined): void {
    this.#state = to;
    for (const [name, { cancel }] of this.#running) {
      if (this.#machine.states[to]?.[`timer ${name}`] !== undefined) continue;
      cancel();
      this.#running.delete(name);
    }
    for (const action of actions) this.#perform(action, message);
    if (to === 'terminated') this.#effects.ended();
  }

  #perform(action: Action, message: Message | undefined): void {
    const [verb, name] = action.split(' ') as [string, TimerName];
    const timer = this.#options.timers.durations[name];
    if (verb === 'start') this.#start(name, this.#options.reliable ? timer.reliable : timer.unreliable);
    else if (verb === 'repeat')
      this.#start(name, Math.min((this.#running.get(name)?.milliseconds ?? 0) * 2, timer.max ?? Infinity));
    else this.#effects.perform(action as Parameters<Effects<Message>['perform']>[0], message);
  }

  /** A timer of zero milliseconds fires at once: reliable transports do not retransmit. */
  #start(name: TimerName, milliseconds: number | null): void {
    if (milliseconds === null || name === this.#options.without) return;
    if (this.#machine.states[this.#state]?.[`timer ${name}`] === undefined) return;
    this.#running.get(name)?.cancel();
    if (milliseconds === 0) this.on(`timer ${name}`);
    else
      this.#running.set(name, {
        milliseconds,
        cancel: this.#options.setTimer(milliseconds, () => this.on(`timer ${name}`)),
      });
  }
}
