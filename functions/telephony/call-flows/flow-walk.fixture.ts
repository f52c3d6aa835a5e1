import { FlowSteps, type Walkable } from '../schema/call-flow.ts';
import type { FlowCommand, FlowContext, FlowEvent, FlowState, ScheduleState } from '../schema/call-flow-state.ts';
import { initialState } from './flow-call.ts';
import { step } from './interpreter.ts';

/** A flow that begins with its first step. */
export const flowOf = (steps: Readonly<Record<string, unknown>>, fields: Partial<Walkable> = {}): Walkable => ({
  id: 'flow_1',
  version: 1,
  language: 'en',
  start: Object.keys(steps)[0]!,
  external_policy: null,
  ...fields,
  steps: FlowSteps.parse(steps),
});

type WithoutTime<E> = E extends FlowEvent ? Omit<E, 'at'> : never;

/** The values of a call that is walked by hand, with a clock of its own. */
export class WalkedCall {
  state: FlowState;
  flow: Walkable;
  at = 1_000_000;
  /** Commands since the last look. */
  commands: FlowCommand[] = [];
  /** Prompts, exits and the end, in the words of the reference interpreter. */
  readonly log: string[] = [];
  readonly #context: FlowContext;

  constructor(
    flow: Walkable,
    variables: Readonly<Record<string, string>> = {},
    schedules: Readonly<Record<string, ScheduleState>> = {},
  ) {
    this.flow = flow;
    this.state = initialState(flow, variables);
    this.#context = { schedule: (id) => schedules[id] };
  }

  /** Passes the state on as JSON, as between tasks. */
  send(event: WithoutTime<FlowEvent>): FlowCommand[] {
    const stored = JSON.parse(JSON.stringify(this.state)) as FlowState;
    const { state, commands, exits } = step(this.flow, stored, { ...event, at: this.at }, this.#context);
    this.state = state;
    this.commands.push(...commands);
    const has = (type: FlowCommand['type']): boolean => commands.some((command) => command.type === type);
    if (has('stop_playing')) this.log.push('cut');
    this.log.push(...exits.map(({ to }) => `to ${to ?? 'the end'}`));
    if (has('play')) this.log.push(`play ${state.step}`);
    if (has('hang_up')) this.log.push(has('warn') ? 'end of a loop' : 'end');
    return [...commands];
  }

  start(): FlowCommand[] {
    return this.send({ type: 'started' });
  }

  digits(text: string): FlowCommand[] {
    return Array.from(text).flatMap((digit) => this.send({ type: 'digit', digit }));
  }

  /** The prompt ends. */
  played(): FlowCommand[] {
    return this.send({ type: 'played', id: this.state.awaits });
  }

  /** The timer of the step expires. */
  expire(): FlowCommand[] {
    const { timer } = this.state;
    if (timer === null) return [];
    this.at = timer.due;
    return this.send({ type: 'timer', id: timer.id });
  }

  dialed(outcome: Extract<FlowEvent, { type: 'dialed' }>['outcome']): FlowCommand[] {
    return this.send({ type: 'dialed', id: this.state.awaits, outcome });
  }

  answered(answer: unknown): FlowCommand[] {
    return this.send({ type: 'requested', id: this.state.awaits, answer });
  }
}

/** What was played, as texts and ids of files. */
export const playedIn = (commands: readonly FlowCommand[]): string[] =>
  commands.flatMap((command) =>
    command.type === 'play' ? command.parts.map((part) => Object.values(part)[1] ?? '') : [],
  );

export const typesOf = (commands: readonly FlowCommand[]): string[] =>
  commands.map(({ type }) => type).filter((type) => !type.endsWith('_timer'));
