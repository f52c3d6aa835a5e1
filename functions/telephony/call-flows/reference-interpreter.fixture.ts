import type { FlowStep, StepOf, Walkable } from '../schema/call-flow.ts';

/**
 * Menus, inputs and decisions as the area's README describes them, written as a conversation that reads one action
 * after the other: it shares nothing with the interpreter but the schema of the steps.
 */

/** A digit, the end of what the call waits for (a prompt, or the time for digits), or the caller that hangs up. */
export type Action = string;
export const wait = 'wait';
export const hangUp = 'hang up';

type Reading<T> = Generator<undefined, T, Action>;

class CallerGone extends Error {}

/** Walks a flow by the actions of a caller. @returns steps, prompts, and how it ended, in order */
export function referenceWalk(flow: Walkable, actions: readonly Action[]): string[] {
  const conversation = new Conversation(flow);
  const reading = conversation.talk();
  reading.next();
  for (const action of actions) {
    if (conversation.log.at(-1)?.startsWith('end') === true) break;
    reading.next(action);
  }
  return conversation.log;
}

class Conversation {
  readonly log: string[] = [];
  readonly #flow: Walkable;
  readonly #typed: string[] = [];
  readonly #variables = new Map<string, string>();
  /** Seconds since the last digit, and whether none was typed since the present step was entered. */
  #silence = 0;
  #isSilent = true;

  constructor(flow: Walkable) {
    this.#flow = flow;
  }

  *talk(): Reading<void> {
    const entered = new Map<string, number>();
    let silently = new Set<string>();
    let name: string | undefined = this.#flow.start;
    try {
      while (name !== undefined) {
        entered.set(name, (entered.get(name) ?? 0) + 1);
        if (!this.#isSilent) silently = new Set();
        const isStuck = silently.has(name) && this.#silence >= 60;
        if (entered.get(name) === 200 || isStuck) {
          this.log.push('end of a loop');
          return;
        }
        silently.add(name);
        this.#isSilent = true;
        const present: FlowStep = this.#flow.steps[name]!;
        name = yield* this.#carryOut(name, present);
        this.log.push(`to ${name ?? 'the end'}`);
      }
      this.log.push('end');
    } catch (error) {
      if (!(error instanceof CallerGone)) throw error;
      this.log.push('end by the caller');
    }
  }

  *#carryOut(name: string, present: FlowStep): Reading<string | undefined> {
    switch (present.type) {
      case 'play':
        yield* this.#play(name, () => false, true);
        return present.next;
      case 'menu':
        return yield* this.#menu(name, present);
      case 'collect':
        return yield* this.#collect(name, present);
      case 'branch':
        return (
          present.when.find(({ variable, equals, prefix }) => {
            const value = this.#variables.get(variable) ?? '';
            return equals === undefined ? value.startsWith(prefix!) : value === equals;
          })?.to ?? present.else
        );
      case 'set':
        for (const [variable, value] of Object.entries(present.variables)) this.#variables.set(variable, value);
        return present.next;
      default:
        return undefined;
    }
  }

  *#read(): Reading<Action> {
    const action = yield;
    if (action === hangUp) throw new CallerGone();
    if (action !== wait) [this.#silence, this.#isSilent] = [0, false];
    return action;
  }

  *#play(name: string, isWaitedFor: (digit: string) => boolean, isInterruptible: boolean): Reading<void> {
    if (isInterruptible && this.#typed.some(isWaitedFor)) return;
    this.log.push(`play ${name}`);
    for (;;) {
      const action = yield* this.#read();
      if (action === wait) return;
      this.#typed.push(action);
      if (isInterruptible && isWaitedFor(action)) {
        this.log.push('cut');
        return;
      }
    }
  }

  /** @returns null after the time for a digit */
  *#digit(seconds: number): Reading<string | null> {
    const typed = this.#typed.shift();
    if (typed !== undefined) return typed;
    const action = yield* this.#read();
    if (action !== wait) return action;
    this.#silence += seconds;
    return null;
  }

  *#menu(name: string, menu: StepOf<'menu'>): Reading<string | undefined> {
    if (menu.clear) this.#typed.length = 0;
    for (let tries = 1; ; tries += 1) {
      yield* this.#play(name, (digit) => Object.keys(menu.choices).includes(digit), menu.interruptible);
      const digit = yield* this.#digit(menu.timeout_seconds);
      if (digit !== null && Object.keys(menu.choices).includes(digit)) {
        this.#variables.set('digits', digit);
        return menu.choices[digit];
      }
      if (tries === menu.tries) return digit === null ? menu.timeout : menu.invalid;
    }
  }

  *#collect(name: string, { clear, min, max, end_key, ...step }: StepOf<'collect'>): Reading<string | undefined> {
    if (clear) this.#typed.length = 0;
    yield* this.#play(name, () => true, step.interruptible);
    let digits = '';
    while (digits.length < max) {
      const digit = yield* this.#digit(step.timeout_seconds);
      if (digit === null && (digits === '' || digits.length < min)) return step.timeout;
      if (digit === end_key && digits.length < min) return step.invalid;
      if (digit === null || digit === end_key) break;
      digits += digit;
    }
    this.#variables.set('digits', digits).set(step.into, digits);
    return step.next;
  }
}
