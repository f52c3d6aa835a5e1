import { storeFromEnvironment, type Store } from '../dynamodb/client.ts';
import { isAlive, sidecarTaskRow, sidecarTasks, type SidecarTaskItem } from '../dynamodb/rows/lease.ts';
import { tableFor } from '../dynamodb/table.ts';
import { second } from '../schema/time.ts';
import { secretsFromEnvironment, type Secrets } from '../secrets/secrets.ts';
import { commandPath, NotifyOutcome, type Command, type NotifyCommand } from './command.ts';
import { controlKey, controlToken } from './token.ts';

/** The client of the SIP sidecar's control interface. */
export type Sidecar = {
  /**
   * Sends a NOTIFY to a device and waits for its final response, whatever the status is. A repeated command id returns
   * the outcome of the first command. Never throws because of the network.
   */
  readonly notify: (notification: Omit<NotifyCommand, 'kind' | 'forwarded'>) => Promise<NotifyOutcome>;
};

/** The dependencies of the client. */
export type SidecarDependencies = {
  readonly store: Store;
  readonly secrets: Secrets<'sidecar-control'>;
  readonly clock: () => Date;
  readonly fetch: typeof fetch;
};

/** Time for the HTTP request in addition to the command's own timeout, in milliseconds. */
const networkAllowance = 3 * second;

/** The task did not carry out the command. */
class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** Live tasks; draining ones come last. */
async function liveTasks(store: Store, now: Date): Promise<readonly SidecarTaskItem[]> {
  const { items } = await tableFor<'lease'>(store, 0).query(sidecarTaskRow, sidecarTasks);
  return items
    .filter((task) => isAlive(task, now.getTime()))
    .sort((one, other) => Number(one.draining) - Number(other.draining));
}

/** Sends a command to one task. @returns its JSON answer @throws NoAnswer, or what `fetch` throws */
export type AskTask = (task: Pick<SidecarTaskItem, 'id' | 'address'>, command: Command) => Promise<unknown>;

/** A client of single tasks. */
export function taskAsker({ secrets, clock, fetch: ask }: Omit<SidecarDependencies, 'store'>): AskTask {
  const key = controlKey(secrets, clock);
  return async ({ id, address }, command) => {
    const body = JSON.stringify(command);
    const response = await ask(`http://${address}${commandPath}`, {
      method: 'POST',
      body,
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await controlToken(await key(), { task: id, body, now: clock() })}`,
      },
      signal: AbortSignal.timeout(command.timeout_seconds * second + networkAllowance),
    });
    if (!response.ok) throw new NoAnswer(`the task answered ${response.status}`);
    return response.json();
  };
}

/** Asks the live tasks in turn until one answers. A task that does not own the device forwards the command. */
export function sidecarClient(dependencies: SidecarDependencies): Sidecar {
  const ask = taskAsker(dependencies);
  return {
    notify: async (notification) => {
      const command: Command = { ...notification, kind: 'notify' };
      const tasks = await liveTasks(dependencies.store, dependencies.clock());
      for (const task of tasks) {
        const outcome = await ask(task, command).then(NotifyOutcome.parse, (error: unknown) =>
          error instanceof Error && error.name === 'TimeoutError' ? 'late' : 'unknown',
        );
        if (outcome === 'late') return { kind: 'timeout' };
        if (outcome !== 'unknown') return outcome;
      }
      return { kind: 'unreachable' };
    },
  };
}

/** A client for the sidecar of this stage, from the function's environment. */
export const sidecarFromEnvironment = (secrets: Secrets<'sidecar-control'> = secretsFromEnvironment()): Sidecar =>
  sidecarClient({ store: storeFromEnvironment(), secrets, clock: () => new Date(), fetch });
