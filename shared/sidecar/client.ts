import { storeFromEnvironment, type Store } from '../dynamodb/client.ts';
import { isAlive, sidecarTaskRow, sidecarTasks, type SidecarTaskItem } from '../dynamodb/rows/lease.ts';
import { tableFor } from '../dynamodb/table.ts';
import { second } from '../schema/time.ts';
import { secretsFromEnvironment, type Secrets } from '../secrets/secrets.ts';
import {
  callCommands,
  type CallActionCommand,
  type CallActionOutcome,
  type EndCallCommand,
  type EndCallOutcome,
  type PlaceCallCommand,
  type PlaceCallOutcome,
} from './call-command.ts';
import {
  ChallengeOutcome,
  commandPath,
  NotifyOutcome,
  PhonesAtOutcome,
  type Command,
  type CommandOf,
  type NotifyCommand,
} from './command.ts';
import { taskPoster, type PostDependencies } from './post.ts';

/** The client of the SIP sidecar's control interface. */
export type Sidecar = {
  /**
   * Sends a NOTIFY to a device and waits for its final response, whatever the status is. A repeated command id returns
   * the outcome of the first command. Never throws because of the network.
   */
  readonly notify: (notification: Omit<NotifyCommand, 'kind' | 'forwarded'>) => Promise<NotifyOutcome>;
  /**
   * Asks every live task to send the present counts of mailboxes to its phones. A task that dies loses nothing: who
   * takes over its phones sends them the counts.
   * @throws what `fetch` throws, or NoAnswer, if a live task does not do so
   */
  readonly sendMessageSummaries: (changed: Omit<CommandOf<'message-summary'>, 'kind'>) => Promise<void>;
  /** Whether phones of other organizations are registered from an address. @throws as `sendMessageSummaries` */
  readonly hasPhonesAt: (asked: Omit<CommandOf<'phones-at'>, 'kind'>) => Promise<boolean>;
  /** Sends a token to an address and port. Never throws because of the network. */
  readonly challengeAddress: (challenge: Omit<CommandOf<'challenge-address'>, 'kind'>) => Promise<ChallengeOutcome>;
  /** Places a call. `unreachable` may mean that the outcome was lost: then the row of the call tells. */
  readonly placeCall: (call: Sent<PlaceCallCommand>) => Promise<PlaceCallOutcome>;
  /** Ends a call. @param task that carries it, which is asked first */
  readonly endCall: (call: Sent<EndCallCommand>, task: string) => Promise<EndCallOutcome>;
  /** Acts on a call. @param task that carries it, which is asked first */
  readonly actOnCall: (action: Sent<CallActionCommand>, task: string) => Promise<CallActionOutcome>;
};

type Sent<C> = Omit<C, 'kind' | 'forwarded'>;

/** The dependencies of the client. */
export type SidecarDependencies = PostDependencies & { readonly store: Store };

/** Time for the HTTP request in addition to the command's own timeout, in milliseconds. */
const networkAllowance = 3 * second;

/** The task did not carry out the command. */
class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** Live tasks; draining ones come last, and the one that is named first, also while it drains. */
async function liveTasks(store: Store, now: Date, first?: string): Promise<readonly SidecarTaskItem[]> {
  const { items } = await tableFor<'lease'>(store, 0).query(sidecarTaskRow, sidecarTasks);
  return items
    .filter((task) => isAlive(task, now.getTime()))
    .sort((one, other) => Number(one.draining && one.id !== first) - Number(other.draining && other.id !== first))
    .sort((one, other) => Number(other.id === first) - Number(one.id === first));
}

/** Sends a command to one task. @returns its JSON answer @throws NoAnswer, or what `fetch` throws */
export type AskTask = (task: Pick<SidecarTaskItem, 'id' | 'address'>, command: Command) => Promise<unknown>;

/** A client of single tasks. */
export function taskAsker(dependencies: PostDependencies): AskTask {
  const post = taskPoster(dependencies);
  return async (task, command) => {
    const timeout = command.timeout_seconds * second + networkAllowance;
    const response = await post(task, { path: commandPath, body: command, timeout });
    if (!response.ok) throw new NoAnswer(`the task answered ${response.status}`);
    return response.json();
  };
}

/** What came of asking: an outcome, or none in time, or no task that answered. */
type AskedOutcome<Outcome> = Outcome | 'late' | 'unknown';

/** Asks the live tasks in turn until one answers. A task that does not own the device or call forwards the command. */
export function sidecarClient({ store, ...dependencies }: SidecarDependencies): Sidecar {
  const ask = taskAsker(dependencies);
  const askInTurn = async <Outcome>(
    command: Command,
    parse: (answer: unknown) => Outcome,
    first?: string,
  ): Promise<AskedOutcome<Outcome>> => {
    for (const task of await liveTasks(store, dependencies.clock(), first)) {
      const outcome = await ask(task, command)
        .then(parse)
        .catch((error: unknown) =>
          error instanceof Error && error.name === 'TimeoutError' ? ('late' as const) : ('unknown' as const),
        );
      if (outcome !== 'unknown') return outcome;
    }
    return 'unknown';
  };
  const orUnreachable = <Outcome>(asked: AskedOutcome<Outcome>) =>
    asked === 'late' || asked === 'unknown' ? ({ kind: 'unreachable' } as const) : asked;
  return {
    notify: async (notification) => {
      const outcome = await askInTurn({ ...notification, kind: 'notify' }, NotifyOutcome.parse);
      return outcome === 'late' ? { kind: 'timeout' } : orUnreachable(outcome);
    },
    sendMessageSummaries: async (changed) => {
      const tasks = await liveTasks(store, dependencies.clock());
      await Promise.all(tasks.map((task) => ask(task, { ...changed, kind: 'message-summary' })));
    },
    hasPhonesAt: async (asked) => {
      const tasks = await liveTasks(store, dependencies.clock());
      const answers = await Promise.all(tasks.map((task) => ask(task, { ...asked, kind: 'phones-at' })));
      return answers.some((answer) => PhonesAtOutcome.parse(answer).others);
    },
    challengeAddress: async (challenge) => {
      const outcome = await askInTurn({ ...challenge, kind: 'challenge-address' }, ChallengeOutcome.parse);
      return outcome === 'late' ? { kind: 'unanswered' } : orUnreachable(outcome);
    },
    placeCall: async (call) =>
      orUnreachable(await askInTurn({ ...call, kind: 'place-call' }, callCommands['place-call'].outcome.parse)),
    endCall: async (call, task) =>
      orUnreachable(await askInTurn({ ...call, kind: 'end-call' }, callCommands['end-call'].outcome.parse, task)),
    actOnCall: async (action, task) =>
      orUnreachable(
        await askInTurn({ ...action, kind: 'call-action' }, callCommands['call-action'].outcome.parse, task),
      ),
  };
}

/** A client for the sidecar of this stage, from the function's environment. */
export const sidecarFromEnvironment = (secrets: Secrets<'sidecar-control'> = secretsFromEnvironment()): Sidecar =>
  sidecarClient({ store: storeFromEnvironment(), secrets, clock: () => new Date(), fetch });
