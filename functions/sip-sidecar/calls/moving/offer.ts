import { setTimeout as pause } from 'node:timers/promises';
import type { AskTask } from '#sidecar/client.ts';
import { TakeCallOutcome, type TakeCallCommand } from '#sidecar/call-command.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { second } from '#schema/time.ts';
import { assignedTask } from '../../leases/shards.ts';
import type { Calls } from '../running/calls.ts';
import type { MovedState } from '../records/dialogs.ts';
import { movedState } from '../running/moved-state.ts';
import type { RunningCall } from '../running/running-call.ts';
import { causeNamed } from '../call/causes.ts';
import type { Uses } from '../running/context.ts';
import { readSender } from '../legs/stored-sender.ts';

type OfferContext = Uses<{
  context: 'nextId' | 'tableOf' | 'clock';
  membership: 'id' | 'others' | 'workers' | 'late';
  ask: true;
  fault: true;
}>;

/** Interval at which a task that stops looks whether its calls are over, and time for their CDRs, in milliseconds. */
const checkInterval = 50;
const endTime = 10 * second;
/** Milliseconds since the last one has moved that calls which may move have at least, and all of them at most. */
const moveTime = { each: 15 * second, all: 90 * second } as const;
/** As many times as long as load balancers need, calls that ring may wait for their answer: they move then. */
const ringTimes = 3;
/** Calls that are offered at the same time at most. */
const concurrency = 20;
/** Milliseconds until a call that was not accepted is offered again. */
const retryAfter = 2 * second;
/** Milliseconds after the end of its heartbeat for which a task may come back. */
const lateHeartbeat = 30 * second;

/**
 * The calls of a task that stops, as far as another one can go on with them: both parties talk, and can be reached from
 * any task. Each is offered to one task at a time, and has moved when that task has its row.
 */
export class CallOffers {
  readonly #context: OfferContext;
  readonly #calls: Pick<Calls, 'all' | 'get' | 'offer' | 'size'>;
  /** The task that has a dialog now, by Call-ID. */
  readonly #moved = new Map<string, string>();
  #movedAt: number | undefined;
  /**
   * Calls that are offered at the same time: half as many when one was not answered, one more when one was. With more
   * than the others do in time, their work on each would be lost. With none, the next are offered later.
   */
  #atOnce = concurrency;
  /** Unix milliseconds; Infinity while a task is asked. */
  readonly #offeredAt = new Map<string, number>();

  constructor(context: OfferContext, calls: Pick<Calls, 'all' | 'get' | 'offer' | 'size'>) {
    this.#context = context;
    this.#calls = calls;
  }

  /** When the last call has moved, in Unix milliseconds; undefined: none has. */
  get movedAt(): number | undefined {
    return this.#movedAt;
  }

  /** Answered calls that no other task can go on with, also not one that works again when this one stops. */
  get immovable(): number {
    const answered = [...this.#calls.all()].filter(({ state }) => state.answeredAt !== undefined);
    const isAlone = this.#liveTasks.length === 0 && !this.#worksOneAgain;
    return isAlone ? answered.length : answered.filter((call) => !this.#isReachable(call)).length;
  }

  /** Whether a call is answered, and only this task can send to one of its parties, by whatever it does later. */
  isBound(id: string): boolean {
    const call = this.#calls.get(id);
    if (call?.state.answeredAt === undefined) return false;
    const ways = this.#sessionsOf(call).map((session) => session?.stored()?.way);
    return ways.some((way) => way !== undefined && readSender(way, this.#context.membership.id) === undefined);
  }

  /** The task to which a dialog has moved. */
  readonly movedTo = (callId: string): string | undefined => this.#moved.get(callId);

  /** Offers the calls that can move now. @returns how many others may move soon */
  async offerIdle(): Promise<number> {
    const waiting = [...this.#calls.all()].filter((call) => this.#isOfferable(call)).values();
    await Promise.all(
      Array.from({ length: Math.max(this.#atOnce, 1) }, async (_, offering) => {
        for (const call of waiting) {
          await this.#offer(call).catch(this.#context.fault);
          if (offering >= this.#atOnce) return;
        }
      }),
    );
    const left = this.#liveTasks.length > 0 || this.#isOneLate || this.#worksOneAgain ? [...this.#calls.all()] : [];
    return left.filter((call) => call.state.answeredAt !== undefined && this.#isReachable(call)).length;
  }

  /**
   * Waits until the calls of a task that stops are over or moved, and then ends those that are left.
   * @param milliseconds at most until then
   */
  async drain(milliseconds: number): Promise<void> {
    const began = this.#now();
    for (;;) {
      const movable = await this.offerIdle();
      const ringTime = this.#hasRinging ? milliseconds * ringTimes : 0;
      const end = began + Math.max(milliseconds, movable > 0 ? this.#moveTime(began) : 0, ringTime);
      if (this.#calls.size === 0 || this.#now() >= end) break;
      await pause(checkInterval);
    }
    for (const call of this.#calls.all()) call.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
    for (const last = this.#now() + endTime; this.#calls.size > 0 && this.#now() < last;) await pause(checkInterval);
  }

  /** Many calls on a busy machine move one after the other. @returns milliseconds */
  #moveTime(began: number): number {
    return Math.min(Math.max(0, (this.#movedAt ?? 0) - began) + moveTime.each, moveTime.all);
  }

  get #hasRinging(): boolean {
    return this.#liveTasks.length > 0 && [...this.#calls.all()].some(({ state }) => state.answeredAt === undefined);
  }

  get #liveTasks() {
    return this.#context.membership.workers;
  }

  /** Whether the heartbeat of another task is late, as on a busy machine: it may still take calls. */
  get #isOneLate(): boolean {
    return this.#context.membership.late.some(
      ({ until, draining }) => !draining && until > this.#now() - lateHeartbeat,
    );
  }

  /** Whether a task works again soon that has left its work to the generation of this one, which stops. */
  get #worksOneAgain(): boolean {
    return this.#context.membership.others.some(({ left_to: leftTo }) => leftTo !== undefined);
  }

  #isOfferable(call: RunningCall): boolean {
    const offeredAt = this.#offeredAt.get(call.record.id);
    return call.isIdle && (offeredAt === undefined || this.#now() - offeredAt >= retryAfter) && this.#isReachable(call);
  }

  /** Whether another task can send to both parties. */
  #isReachable(call: RunningCall): boolean {
    const { id } = this.#context.membership;
    return this.#sessionsOf(call).every(
      (session) => session === call.legs.application || readSender(session?.stored()?.way, id) !== undefined,
    );
  }

  #sessionsOf = (call: RunningCall) => [call.legs.sessionOf('source'), call.legs.sessionOf('destination')];

  async #offer(call: RunningCall): Promise<void> {
    const live = this.#liveTasks;
    const next = assignedTask(
      call.record.id,
      live.map(({ id }) => id),
    );
    const task = live.find(({ id }) => id === next);
    this.#offeredAt.set(call.record.id, Infinity);
    const { application } = call.legs;
    try {
      if (task !== undefined && application?.suspend() !== false) await this.#offerTo(task, call);
    } finally {
      this.#offeredAt.set(call.record.id, this.#now());
      application?.goOn();
    }
  }

  async #offerTo(task: Parameters<AskTask>[0], call: RunningCall): Promise<void> {
    call.storeDialogs();
    await call.writer.settled();
    const state = movedState(call);
    if (!call.isIdle || state === undefined) return;
    const callIds = this.#sessionsOf(call).map((session) => session?.callId ?? '');
    await this.#calls.offer(call, async () => {
      const isAccepted = await this.#isAcceptedBy(task, call, state);
      if (isAccepted) {
        for (const callId of callIds) this.#moved.set(callId, task.id);
        this.#movedAt = this.#now();
      }
      return isAccepted;
    });
  }

  /** An answer that is lost is in the row of the call. */
  async #isAcceptedBy(task: Parameters<AskTask>[0], call: RunningCall, state: MovedState): Promise<boolean> {
    const { context, membership, ask, fault } = this.#context;
    const { id, org_id: organization, version } = call.record;
    const command: TakeCallCommand = {
      kind: 'take-call',
      id: context.nextId('cmd'),
      organization,
      call: id,
      task: membership.id,
      version,
      state,
      timeout_seconds: 5,
    };
    try {
      const { kind } = TakeCallOutcome.parse(await ask(task, command));
      this.#atOnce = Math.min(this.#atOnce + 1, concurrency);
      return kind === 'accepted';
    } catch (error) {
      this.#atOnce = Math.floor(this.#atOnce / 2);
      fault(error);
      return (await context.tableOf(organization).get(callRow, { id }))?.task === task.id;
    }
  }

  #now(): number {
    return this.#context.context.clock().getTime();
  }
}
