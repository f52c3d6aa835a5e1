import type { Action, Machine, State, TransactionEvent, Transition } from './machines.ts';
import { type TimerName, timers } from './timers.ts';

/** Runs `fire` after so many milliseconds, unless it is cancelled before by what it answers. */
export type SetTimer = (milliseconds: number, fire: () => void) => () => void;

/** What a machine does to the world; timers apart. */
export type Effects<Message> = {
  readonly perform: (
    action: Exclude<Action, `start ${TimerName}` | `repeat ${TimerName}`>,
    message: Message | undefined,
  ) => void;
  readonly ended: () => void;
};

type Running = { readonly cancel: () => void; readonly milliseconds: number };

/** A machine at work. A timer ends with the first state that does not know it. */
export class Run<Message> {
  readonly #machine: Machine;
  readonly #effects: Effects<Message>;
  readonly #reliable: boolean;
  readonly #setTimer: SetTimer;
  readonly #running = new Map<TimerName, Running>();
  #state: State;

  constructor(
    machine: Machine,
    effects: Effects<Message>,
    over: { readonly reliable: boolean; readonly setTimer: SetTimer },
  ) {
    this.#machine = machine;
    this.#effects = effects;
    this.#reliable = over.reliable;
    this.#setTimer = over.setTimer;
    this.#state = machine.first.to;
  }

  get state(): State {
    return this.#state;
  }

  begin(): void {
    this.#take(this.#machine.first, undefined);
  }

  /** Takes what happened; what the present state does not know is absorbed. */
  on(event: TransactionEvent, message?: Message): void {
    const transition = this.#machine.states[this.#state]?.[event];
    if (transition !== undefined) this.#take(transition, message);
  }

  /** Ends at once, telling nobody. */
  abandon(): void {
    for (const { cancel } of this.#running.values()) cancel();
    this.#running.clear();
    this.#state = 'terminated';
  }

  /** The state is entered before its actions run, as they may bring the next event. */
  #take({ to, actions }: Transition, message: Message | undefined): void {
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
    if (verb === 'start') this.#start(name, this.#reliable ? timers[name].reliable : timers[name].unreliable);
    else if (verb === 'repeat')
      this.#start(name, Math.min((this.#running.get(name)?.milliseconds ?? 0) * 2, timers[name].most ?? Infinity));
    else this.#effects.perform(action as Parameters<Effects<Message>['perform']>[0], message);
  }

  /** A timer of no time fires at once: over reliable transports nothing comes twice. */
  #start(name: TimerName, milliseconds: number | null): void {
    if (milliseconds === null || this.#machine.states[this.#state]?.[`timer ${name}`] === undefined) return;
    this.#running.get(name)?.cancel();
    if (milliseconds === 0) this.on(`timer ${name}`);
    else
      this.#running.set(name, { milliseconds, cancel: this.#setTimer(milliseconds, () => this.on(`timer ${name}`)) });
  }
}
