import type { AskTask } from '#sidecar/client.ts';
import { TakeCallOutcome, type TakeCallCommand } from '#sidecar/call-command.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { second } from '#schema/time.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { assignedTask } from '../leases/shards.ts';
import type { Calls } from './calls.ts';
import { movedState, type MovedState } from './moved-call.ts';
import type { RunningCall } from './running-call.ts';
import { readWay } from './stored-way.ts';

/** The dependencies of the hand-over. */
export type HandoverDependencies = {
  readonly context: Pick<SidecarContext, 'nextId' | 'tableOf' | 'clock'>;
  readonly membership: Pick<Membership, 'id' | 'others' | 'dead'>;
  readonly calls: Pick<Calls, 'all' | 'moveAway'>;
  readonly ask: AskTask;
  readonly fault: (error: unknown) => void;
};

/** Calls that are moved at the same time. */
const concurrency = 20;
/** Milliseconds until a task is asked again to take a call that it did not take. */
const retryAfter = 2 * second;
/** Milliseconds after the end of its heartbeat for which a task may come back. */
const lateHeartbeat = 30 * second;

/**
 * The calls of a task that stops, as far as another one can go on with them: both parties talk, and can be reached from
 * any task. Each is asked for once at a time, and moves when the other task has its row.
 */
export class CallHandover {
  readonly #dependencies: HandoverDependencies;
  /** The task that has a dialog now, by Call-ID. */
  readonly #moved = new Map<string, string>();
  /** Unix milliseconds. */
  readonly #triedAt = new Map<string, number>();

  constructor(dependencies: HandoverDependencies) {
    this.#dependencies = dependencies;
  }

  /** Calls that have moved. */
  get size(): number {
    return this.#moved.size;
  }

  /** The task to which a dialog has moved. */
  readonly movedTo = (callId: string): string | undefined => this.#moved.get(callId);

  /** Moves the calls that can move now. @returns how many others may move soon */
  async moveIdle(): Promise<number> {
    const waiting = [...this.#dependencies.calls.all()].filter((call) => this.#mayMove(call)).values();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const call of waiting) await this.#move(call).catch(this.#dependencies.fault);
      }),
    );
    const left = this.#liveTasks.length > 0 || this.#isOneLate ? [...this.#dependencies.calls.all()] : [];
    return left.filter((call) => call.state.answeredAt !== undefined && this.#isReachable(call)).length;
  }

  get #liveTasks() {
    return this.#dependencies.membership.others.filter(({ draining }) => !draining);
  }

  /** Whether the heartbeat of another task is late, as on a busy machine: it may still take calls. */
  get #isOneLate(): boolean {
    return this.#dependencies.membership.dead.some(
      ({ until, draining }) => !draining && until > this.#now() - lateHeartbeat,
    );
  }

  #mayMove(call: RunningCall): boolean {
    const triedAt = this.#triedAt.get(call.record.id);
    return call.isIdle && (triedAt === undefined || this.#now() - triedAt >= retryAfter) && this.#isReachable(call);
  }

  /** Whether another task can send to both parties. */
  #isReachable(call: RunningCall): boolean {
    const { id } = this.#dependencies.membership;
    return this.#sessionsOf(call).every((session) => readWay(session?.stored()?.way, id) !== undefined);
  }

  #sessionsOf = (call: RunningCall) => [call.sessionOf('source'), call.sessionOf('destination')];

  async #move(call: RunningCall): Promise<void> {
    const { calls } = this.#dependencies;
    const live = this.#liveTasks;
    const next = assignedTask(
      call.record.id,
      live.map(({ id }) => id),
    );
    const task = live.find(({ id }) => id === next);
    this.#triedAt.set(call.record.id, this.#now());
    if (task === undefined) return;
    call.storeDialogs();
    await call.writer.settled();
    const state = movedState(call);
    if (!call.isIdle || state === undefined) return;
    const callIds = this.#sessionsOf(call).map((session) => session?.callId ?? '');
    await calls.moveAway(call, async () => {
      const isTaken = await this.#isTakenBy(task, call, state);
      if (isTaken) for (const callId of callIds) this.#moved.set(callId, task.id);
      return isTaken;
    });
  }

  /** An answer that is lost is in the row of the call. */
  async #isTakenBy(task: Parameters<AskTask>[0], call: RunningCall, state: MovedState): Promise<boolean> {
    const { context, membership, ask, fault } = this.#dependencies;
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
      return TakeCallOutcome.parse(await ask(task, command)).kind === 'accepted';
    } catch (error) {
      fault(error);
      return (await context.tableOf(organization).get(callRow, { id }))?.task === task.id;
    }
  }

  #now(): number {
    return this.#dependencies.context.clock().getTime();
  }
}
