import * as z from 'zod';
import { Instant, text } from '#schema/values.ts';
import { scheduleState, type Schedule } from '#telephony/schedule.ts';
import type { Walkable } from '../schema/call-flow.ts';
import type {
  FlowCommand,
  FlowEvent,
  FlowExit,
  FlowOutcome,
  FlowState,
  PlayedPart,
  ScheduleState,
} from '../schema/call-flow-state.ts';
import { NewCallFlow } from './call-flow.ts';
import { initialState } from './flow-call.ts';
import { step } from './interpreter.ts';

/** A call that is only imagined: its flow, its events, and what would happen. Nothing is called or charged. */

const SimulatedEvent = z
  .union(
    [
      z.strictObject({
        digits: z
          .string()
          .regex(/^[0-9*#]{1,64}$/, 'must be 1 to 64 digits, * or #')
          .describe('The caller types; while a prompt plays, if one does'),
      }),
      z.strictObject({
        timeout: z.literal(true).describe('The time for digits, for a recording or for a parked call ends'),
      }),
      z.strictObject({
        dial: z
          .enum(['answered', 'ended', 'busy', 'no_answer', 'unreachable', 'denied'])
          .describe('What becomes of the calls of a `dial`; `ended`: the called hangs up after its answer'),
      }),
      z.strictObject({
        webhook: z
          .union([z.literal('failed'), z.record(z.string(), z.unknown())])
          .describe('The answer of a webhook, or `failed`'),
      }),
      z.strictObject({ sms: z.boolean().describe('Whether a message can be sent; it can without this event') }),
      z.strictObject({
        park: z
          .enum(['full', 'fetched', 'ended'])
          .describe('No slot is free, or what becomes of a parked call; `ended`: who fetched it hangs up'),
      }),
      z.strictObject({ hang_up: z.literal(true).describe('The caller hangs up') }),
    ],
    'must have one of digits, timeout, dial, webhook, sms, park and hang_up',
  )
  .meta({ id: 'SimulatedCallEvent' });
type SimulatedEvent = z.output<typeof SimulatedEvent>;

/** Body of `POST /callflows/{id}/simulate`. */
export const SimulatedCall = z
  .object({
    flow: NewCallFlow.partial({ name: true }).optional().describe('A draft; absent: the saved flow'),
    version: z.int().min(1).optional().describe('One of the last 50 versions of the saved flow'),
    at: Instant.optional().describe('When the call begins; absent: now'),
    caller: text(64).default('').describe('Number of the caller'),
    called: text(64).default('').describe('Number that was called'),
    schedules: z
      .record(z.string().max(81), z.enum(['open', 'closed', 'holiday']))
      .default({})
      .describe('States of schedules by id; others are as they are at the time of the call'),
    events: z.array(SimulatedEvent).max(200).default([]).describe('What happens, in this order'),
  })
  .meta({ id: 'SimulatedCall' });
export type SimulatedCall = z.output<typeof SimulatedCall>;

const Played = z.union([
  z.object({ kind: z.literal('file').describe('A file'), file: z.string().describe('Id of the file') }),
  z.object({
    kind: z.literal('speech').describe('A text'),
    text: z.string().describe('The text with its variables'),
    language: z.string().describe('Its language'),
    as: z.string().describe('How variables are said'),
  }),
  z.object({ kind: z.literal('tones').describe('Tones of digits'), digits: z.string().describe('The digits') }),
]);

const exampleStep = {
  flow: 'flow_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  step: 'welcome',
  type: 'menu',
  played: [{ kind: 'file' as const, file: 'file_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A' }],
  digits: '1',
  does: null,
  exit: 'choices.1',
  to: 'sales',
};

const SimulatedStep = z
  .object({
    flow: z.string().describe('Id of the flow; `new` for a draft that was not saved'),
    step: z.string().describe('Name of the step'),
    type: z.string().describe('Type of the step'),
    played: z.array(Played).describe('What it played'),
    digits: z.string().describe('What the caller typed there'),
    does: z
      .looseObject({
        type: z.string().describe('`dial`, `mailbox`, `park`, `record`, `request`, `sms` or `voicemail`'),
      })
      .nullable()
      .describe('What else would be done; null: nothing'),
    exit: z.string().nullable().describe('The field that decided, such as `choices.1` or `when[0]`; null: none did'),
    to: z.string().nullable().describe('The step or flow that follows; null: the call ends or waits'),
  })
  .meta({ id: 'SimulatedCallStep' });
type SimulatedStep = z.input<typeof SimulatedStep>;

/** What a call waits for when no event is left. */
const waits = ['digits', 'dial', 'recorded', 'webhook', 'park'] as const;

export const SimulatedWalk = z
  .object({
    steps: z.array(SimulatedStep).describe('The steps in order; at most 500'),
    answered: z.boolean().describe('Whether the call was answered'),
    ended: z.boolean().describe('Whether the call ended'),
    status: z.int().nullable().describe('Status of the response to the INVITE if it ended unanswered'),
    waits_for: z.enum(waits).nullable().describe('Which event the call waits for; null: none'),
    unused_events: z.int().describe('Events that are left'),
    truncated: z.boolean().describe('Whether the walk was too long to be shown'),
    variables: z.record(z.string(), z.string()).describe('Variables at the end'),
    warnings: z.array(z.string()).describe('Events that the call would report'),
  })
  .meta({
    id: 'SimulatedCallWalk',
    example: {
      steps: [exampleStep],
      answered: true,
      ended: false,
      status: null,
      waits_for: 'dial',
      unused_events: 0,
      truncated: false,
      variables: { digits: '1' },
      warnings: [],
    },
  });

const maxSteps = 500;
/** Events that the simulated host sends. */
const maxEvents = 1_000;

/** Commands that are shown as what a step does. */
const shownCommands: ReadonlySet<FlowCommand['type']> = new Set([
  'dial',
  'mailbox',
  'park',
  'record',
  'request',
  'sms',
  'voicemail',
]);

type WithoutTime<E> = E extends FlowEvent ? Omit<E, 'at'> : never;
/** What the simulated host does next: sends events, or waits. */
type Move = readonly WithoutTime<FlowEvent>[] | (typeof waits)[number];

/** Id of the file of a simulated recording. */
const simulatedFile = 'file_simulated';

/** A call that walks through a flow, by given events. */
export class Simulation {
  #flow: Walkable;
  #state: FlowState;
  #at: number;
  readonly #events: SimulatedEvent[];
  readonly #schedules: ReadonlyMap<string, ScheduleState>;
  /** Those that the flows name, as they are stored. */
  readonly #stored = new Map<string, Schedule>();
  readonly #steps: SimulatedStep[] = [];
  readonly #warnings: string[] = [];
  #current: SimulatedStep | undefined;
  #status: number | null = null;
  #waits: (typeof waits)[number] | null = null;
  #truncated = false;
  #sent = 0;

  constructor(flow: Walkable, call: SimulatedCall, variables: Readonly<Record<string, string>>, at: number) {
    this.#flow = flow;
    this.#at = at;
    this.#events = [...call.events];
    this.#schedules = new Map(Object.entries(call.schedules));
    this.#state = initialState(flow, { ...variables, caller: call.caller, called: call.called });
    this.#open(flow.start, this.#state);
  }

  /** Knows further schedules. What no flow and no schedule says is open, such as in a draft. */
  know(schedules: ReadonlyMap<string, Schedule>): void {
    for (const [id, schedule] of schedules) this.#stored.set(id, schedule);
  }

  #stateOf(id: string): ScheduleState {
    const given = this.#schedules.get(id);
    if (given !== undefined) return given;
    const stored = this.#stored.get(id);
    return stored === undefined ? 'open' : scheduleState(stored, new Date(this.#at));
  }

  /** Goes on until the call ends, waits, or needs a flow. @returns the id of that flow; undefined: it is over */
  run(): string | undefined {
    if (this.#state.phase === 'new') this.#send({ type: 'started' });
    while (this.#state.phase !== 'ended' && this.#state.phase !== 'loading') {
      const move = this.#next();
      if (typeof move === 'string') {
        this.#waits = move;
        return undefined;
      }
      if (this.#sent >= maxEvents) {
        this.#truncated = true;
        return undefined;
      }
      for (const event of move) this.#send(event);
    }
    return this.#state.phase === 'loading' ? (this.#current?.to ?? undefined) : undefined;
  }

  /** Goes on with another flow. @param flow undefined: there is none */
  load(flow: Walkable | undefined): void {
    const { awaits: id, step: wanted } = this.#state;
    this.#flow = flow ?? this.#flow;
    if (flow !== undefined) this.#open(wanted === '' ? flow.start : wanted, this.#state);
    this.#send({ type: 'loaded', id, exists: flow !== undefined });
  }

  get result(): z.input<typeof SimulatedWalk> {
    const { answered, phase, variables } = this.#state;
    return {
      steps: this.#steps,
      answered,
      ended: phase === 'ended',
      status: this.#status,
      waits_for: this.#waits,
      unused_events: this.#events.length,
      truncated: this.#truncated,
      variables: { ...variables },
      warnings: this.#warnings,
    };
  }

  /** Events happen when the call waits for them; what needs none happens by itself. */
  #next(): Move {
    const { phase, awaits: id } = this.#state;
    if (this.#takes('hang_up') !== undefined) return [{ type: 'hung_up' }];
    switch (phase) {
      case 'playing':
        return this.#digits() ?? [{ type: 'played', id }];
      case 'listening':
        return this.#digits() ?? (this.#takes('timeout') === undefined ? 'digits' : this.#expiry());
      case 'pausing':
        return this.#digits() ?? this.#expiry();
      case 'recording':
        return this.#recorded(id);
      default:
        return this.#carriedOut(id);
    }
  }

  /** What becomes of a step that the host carries out. */
  #carriedOut(id: number): Move {
    const { phase } = this.#state;
    if (phase === 'texting') return [{ type: 'sent', id, ok: this.#takes('sms')?.sms ?? true }];
    if (phase === 'depositing') return [{ type: 'deposited', id }];
    if (phase === 'requesting') {
      const answer = this.#takes('webhook')?.webhook;
      return answer === undefined ? 'webhook' : [{ type: 'requested', id, answer }];
    }
    if (this.#current?.type === 'park') return this.#parked(id);
    const outcome = this.#takes('dial')?.dial;
    return outcome === undefined ? 'dial' : [{ type: 'dialed', id, outcome }];
  }

  /** A call gets a slot, unless the next event says that none is free, and waits there. */
  #parked(id: number): Move {
    const { phase } = this.#state;
    const [next] = this.#events;
    const outcome = next !== undefined && isOf(next, 'park') ? next.park : undefined;
    const isTaken = outcome === { parking: 'full', parked: 'fetched', talking: 'ended' }[phase as string];
    if (isTaken) this.#events.shift();
    if (phase === 'parking') return [{ type: 'parked', id, ok: !isTaken }];
    if (isTaken && outcome !== undefined)
      return [{ type: 'dialed', id, outcome: outcome === 'fetched' ? 'answered' : 'ended' }];
    return phase === 'parked' && this.#takes('timeout') !== undefined ? this.#expiry() : 'park';
  }

  #recorded(id: number): Move {
    // Its timer was stopped with it.
    if (this.#state.timer === null) return [{ type: 'recorded', id, file: simulatedFile }];
    return this.#digits() ?? (this.#takes('timeout') === undefined ? 'recorded' : this.#expiry());
  }

  /** The next event, if it is of this kind. */
  #takes<K extends 'digits' | 'timeout' | 'dial' | 'webhook' | 'sms' | 'hang_up'>(kind: K) {
    const [next] = this.#events;
    if (next === undefined || !isOf(next, kind)) return undefined;
    this.#events.shift();
    return next;
  }

  #digits(): Move | undefined {
    const typed = this.#takes('digits')?.digits;
    if (typed === undefined) return undefined;
    return Array.from(typed, (digit) => ({ type: 'digit' as const, digit }));
  }

  /** The timer of the step ends, or before it the hour without another party. */
  #expiry(): Move {
    const [first] = [this.#state.timer, this.#state.alone]
      .filter((timer) => timer !== null)
      .toSorted((one, other) => one.due - other.due);
    if (first === undefined) return 'digits';
    this.#at = first.due;
    return [{ type: 'timer', id: first.id }];
  }

  #send(event: WithoutTime<FlowEvent>): void {
    this.#sent += 1;
    const before = this.#state;
    if (event.type === 'digit' && this.#current !== undefined) this.#current.digits += event.digit;
    const schedule = (id: string): ScheduleState => this.#stateOf(id);
    const outcome = step(this.#flow, before, { ...event, at: this.#at }, { schedule });
    this.#state = outcome.state;
    this.#note(outcome, before);
  }

  /** The exits of an event come first: what is done then is done by the step that was entered last. */
  #note({ exits, commands, state }: FlowOutcome, before: FlowState): void {
    for (const exit of exits) this.#leave(exit, before);
    for (const command of commands) {
      if (command.type === 'play') this.#current?.played.push(...(command.parts as PlayedPart[]));
      else if (command.type === 'warn') this.#warnings.push(`${command.event}: ${command.reason}`);
      else if (command.type === 'hang_up') this.#status = command.status;
      else if (shownCommands.has(command.type) && this.#current !== undefined) this.#current.does = { ...command };
    }
    if (state.phase === 'ended') this.#current = undefined;
  }

  #leave({ exit, to }: FlowExit, before: FlowState): void {
    if (this.#current !== undefined) {
      this.#current.exit = exit;
      this.#current.to = to;
    }
    if (to !== null && exit !== 'flow') this.#open(to, before);
  }

  #open(name: string, before: FlowState): void {
    const known = [this.#state, before].flatMap(({ answered_steps: answered }) => (answered ? [answered.steps] : []));
    const steps = [...known, this.#flow.steps].find((each) => Object.hasOwn(each, name));
    const type = steps?.[name]?.type ?? 'unknown';
    this.#current = { flow: this.#flow.id, step: name, type, played: [], digits: '', does: null, exit: null, to: null };
    if (this.#steps.length < maxSteps) this.#steps.push(this.#current);
    else this.#truncated = true;
  }
}

type EventOfKind<K extends string> = Extract<SimulatedEvent, Readonly<Record<K, unknown>>>;

const isOf = <K extends string>(event: SimulatedEvent, kind: K): event is EventOfKind<K> => Object.hasOwn(event, kind);
