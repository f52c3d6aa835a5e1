import { second } from '#schema/time.ts';
import {
  firstStep,
  hasNextStep,
  stepAfter,
  type CallHandling,
  type HandlingEntry,
  type HandlingFacts,
  type HandlingStep,
  type RingOutcome,
} from '#telephony/call-handling.ts';
import { scheduleState } from '#telephony/schedule.ts';
import type { Failure } from '../call/hunt.ts';
import type { LegFailure } from '../call/state.ts';
import type { Directory } from '../directory/directory.ts';
import type { FlowSource } from '../applications/flow-source.ts';
import { followedNumbers } from './follow-me.ts';
import {
  deferredTarget,
  type Target,
  applicationTarget,
  type ForwardingUser,
  type UndecidedCall,
  type DecidedCall,
} from './target.ts';
import type { RouteForward } from './forwards.ts';

/** Calls to users, which follow what their users say (functions/telephony/README.md, "Call handling"). */

/** A user that is called. */
export type CalledUser = {
  readonly organization: number;
  readonly id: string;
  /** What was called. */
  readonly called: string;
  readonly phones: () => Promise<readonly Target[]>;
};

type UserCallDependencies = {
  readonly directory: Pick<
    Directory,
    'user' | 'callHandling' | 'hasCalledForHelp' | 'schedule' | 'mailboxOfUser' | 'ownNumber'
  >;
  readonly flows: Pick<FlowSource, 'deposit'>;
  readonly forward: RouteForward;
  readonly clock: () => Date;
};

/** What is known of a call to a user once it has begun: a change of the settings concerns later calls. */
type Progress = {
  readonly settings: CallHandling;
  readonly facts: HandlingFacts;
  readonly mailbox: string | undefined;
  readonly user: ForwardingUser;
};

/** The failures by which the caller hears how a call ended. */
const failures: Readonly<Record<RingOutcome | 'reject', LegFailure>> = {
  busy: { status: 486, q850: 17, by: 'us' },
  no_answer: { status: 480, q850: 19, by: 'us' },
  unreachable: { status: 480, q850: 20, by: 'us' },
  reject: { status: 603, q850: 21, by: 'us' },
};

/** Values of Q.850 that say how a call ended. */
const outcomes: Readonly<Record<number, RingOutcome>> = {
  17: 'busy',
  18: 'no_answer',
  19: 'no_answer',
  20: 'unreachable',
  21: 'busy',
};
const busy: ReadonlySet<number> = new Set([486, 600, 603]);

function outcomeOfOne({ status, q850, by }: Failure): RingOutcome {
  if (by === 'transport') return 'unreachable';
  const named = q850 === undefined ? undefined : outcomes[q850];
  if (named !== undefined) return named;
  if (busy.has(status)) return 'busy';
  return status === 480 ? 'no_answer' : 'unreachable';
}

/** How a call ended that rang at several phones: one that is busy says more than one that is not answered. */
export function outcomeOf(all: readonly Failure[]): RingOutcome {
  const each = all.map(outcomeOfOne);
  return (['busy', 'no_answer'] as const).find((outcome) => each.includes(outcome)) ?? 'unreachable';
}

/** Makes the targets of calls to users. */
export class UserCalls {
  readonly #dependencies: UserCallDependencies;

  constructor(dependencies: UserCallDependencies) {
    this.#dependencies = dependencies;
  }

  /** A call to a user: what the user says decides when its turn comes. */
  target(called: CalledUser): Target {
    return deferredTarget(called, (call) => this.#begin(called, call));
  }

  async #begin(called: CalledUser, call: UndecidedCall): Promise<DecidedCall> {
    const { redirections } = call;
    // Two users that forward to each other would do so for ever.
    if (!redirections.enters(called.id)) return { entries: [], failure: { ...failures.unreachable, status: 482 } };
    redirections.note(called.called);
    const progress = await this.#read(called, call);
    if (call.isBeside) return this.#ringBeside(called, { call, progress, entries: [] });
    return this.#carryOut(called, { call, progress, entries: [] }, firstStep(progress.settings, progress.facts));
  }

  async #read({ organization, id }: CalledUser, { caller }: UndecidedCall): Promise<Progress> {
    const { directory, clock } = this.#dependencies;
    const [settings, user, hasCalledForHelp] = await Promise.all([
      directory.callHandling(organization, id),
      directory.user(organization, id),
      directory.hasCalledForHelp(organization, id),
    ]);
    const extension = user?.extension ?? null;
    const direct = user?.direct_number ?? null;
    const [schedule, mailbox, own] = await Promise.all([
      settings.schedule === null ? undefined : directory.schedule(organization, settings.schedule),
      settings.voicemail ? directory.mailboxOfUser(organization, { id, extension }) : undefined,
      direct === null ? undefined : directory.ownNumber(organization, direct),
    ]);
    const facts: HandlingFacts = {
      caller,
      isOpen: schedule === undefined || scheduleState(schedule, clock()) === 'open',
      hasMailbox: mailbox !== undefined,
      hasCalledForHelp,
    };
    return { settings, facts, mailbox, user: { id, extension, number: own?.number ?? null } };
  }

  async #carryOut(called: CalledUser, deciding: Deciding, step: HandlingStep): Promise<DecidedCall> {
    switch (step.do) {
      case 'reject':
        return { entries: withEntry(deciding, step), failure: failures.reject };
      case 'end':
        return { entries: withEntry(deciding, step), failure: failures[step.outcome] };
      case 'ring':
        return this.#ring(called, deciding, step);
      case 'forward':
        return this.#forward(called, deciding, step);
      case 'mailbox':
        return this.#deposit(called, deciding, step);
    }
  }

  /** The call is another user's, which follows that one here: the phones ring as far as this user is called at all. */
  async #ringBeside(called: CalledUser, deciding: Deciding): Promise<DecidedCall> {
    const { settings, facts } = deciding.progress;
    const step = firstStep(settings, facts);
    const phones = step.do === 'ring' ? await called.phones() : [];
    const entries = withEntry(deciding, phones.length === 0 ? { ...step, do: 'end' } : step);
    if (phones.length === 0) return { entries, failure: failures.unreachable };
    return { entries, attempts: [phones], followUp: undefined, ...notForwarded, isBeside: true };
  }

  async #ring(called: CalledUser, deciding: Deciding, step: HandlingStep): Promise<DecidedCall> {
    const { settings, facts, user } = deciding.progress;
    const entries = withEntry(deciding, step);
    const own = await called.phones();
    const followed = followedNumbers(called, { numbers: settings.follow_me, user }, this.#dependencies.forward);
    const phones = [...own, ...followed];
    // Without anything that follows they ring as long as the call does.
    if (!hasNextStep(settings, facts, step)) {
      if (phones.length === 0) return { entries, failure: failures.unreachable };
      return { entries, attempts: [phones], followUp: undefined, ...notForwarded };
    }
    if (phones.length === 0) return this.#goOn(called, { ...deciding, entries }, step, 'unreachable');
    const rings = { delay: 0, ringTime: settings.ring_seconds * second };
    const attempts = [[...own.map((phone) => ({ ...phone, rings })), ...followed]];
    return { entries, attempts, followUp: this.#followUp(called, deciding.progress, step), ...notForwarded };
  }

  async #forward(
    called: CalledUser,
    deciding: Deciding,
    step: Extract<HandlingStep, { do: 'forward' }>,
  ): Promise<DecidedCall> {
    const { user } = deciding.progress;
    const routed = await this.#dependencies.forward(deciding.call, step.to, user);
    const entries = withEntry(deciding, step, 'denied' in routed ? routed.denied : null);
    if ('denied' in routed) return this.#goOn(called, { ...deciding, entries }, step, 'denied');
    const { attempts, forward, isRecorded } = routed;
    if (attempts.flat().length === 0) return this.#goOn(called, { ...deciding, entries }, step, 'unreachable');
    const followUp = this.#followUp(called, deciding.progress, step);
    return { entries, attempts, followUp, by: user, forward, isRecorded };
  }

  async #deposit(
    called: CalledUser,
    deciding: Deciding,
    step: Extract<HandlingStep, { do: 'mailbox' }>,
  ): Promise<DecidedCall> {
    const { progress } = deciding;
    const start =
      progress.mailbox === undefined
        ? undefined
        : await this.#dependencies.flows.deposit(called.organization, progress.mailbox, step.greeting);
    const outcome = step.greeting === 'busy' ? 'busy' : 'no_answer';
    if (start === undefined) return this.#goOn(called, deciding, step, outcome);
    // Of a call that no relay can answer the caller hears why the phones did not.
    const followUp = deferredTarget(called, async () =>
      this.#goOn(called, { ...deciding, entries: [] }, step, outcome),
    );
    const attempts = [[applicationTarget(called.called, start)]];
    return { entries: withEntry(deciding, step), attempts, followUp, ...notForwarded };
  }

  /** Decided again when those fail that a step calls. */
  #followUp(called: CalledUser, progress: Progress, done: HandlingStep): Target {
    return deferredTarget(called, (call, failed) =>
      this.#goOn(called, { call, progress, entries: [] }, done, outcomeOf(failed)),
    );
  }

  #goOn(
    called: CalledUser,
    deciding: Deciding,
    done: HandlingStep,
    outcome: RingOutcome | 'denied',
  ): Promise<DecidedCall> {
    const { settings, facts } = deciding.progress;
    return this.#carryOut(called, deciding, stepAfter(settings, facts, done, outcome));
  }
}

const notForwarded = { by: undefined, forward: undefined, isRecorded: false } as const;

type Deciding = {
  readonly call: UndecidedCall;
  readonly progress: Progress;
  readonly entries: readonly HandlingEntry[];
};

const withEntry = (
  { entries, progress }: Deciding,
  { do: action, reason }: Pick<HandlingStep, 'do' | 'reason'>,
  denied: string | null = null,
): readonly HandlingEntry[] => [...entries, { user_id: progress.user.id, action, reason, denied }];
