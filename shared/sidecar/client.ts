import { storeFromEnvironment, type Store } from '../dynamodb/client.ts';
import { isAlive, sidecarTaskRow, sidecarTasks, type SidecarTaskItem } from '../dynamodb/rows/lease.ts';
import { tableFor } from '../dynamodb/table.ts';
import { secretsFromEnvironment, type Secrets } from '../secrets/secrets.ts';
import { commandPath, NotifyOutcome, type Command, type NotifyCommand } from './command.ts';
import { controlKey, controlToken } from './token.ts';

/** The SIP sidecar, as functions ask it. */
export type Sidecar = {
  /**
   * Sends a NOTIFY to a device and waits for its final answer, whatever it is. Asked again with the id of an
   * earlier command it answers what came of that. Never throws for what the network does.
   */
  readonly notify: (wanted: Omit<NotifyCommand, 'kind' | 'forwarded'>) => Promise<NotifyOutcome>;
};

export type SidecarDependencies = {
  readonly store: Store;
  readonly secrets: Secrets<'sidecar-control'>;
  readonly clock: () => Date;
  readonly fetch: typeof fetch;
};

/** Milliseconds beside those that the command itself may take. */
const wayThereAndBack = 3_000;

/** A task answers that it cannot, or not at all. */
class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** The tasks that live, those that are about to stop last. */
async function liveTasks(store: Store, now: Date): Promise<readonly SidecarTaskItem[]> {
  const { items } = await tableFor<'lease'>(store, 0).query(sidecarTaskRow, sidecarTasks);
  return items
    .filter((task) => isAlive(task, now.getTime()))
    .sort((one, other) => Number(one.draining) - Number(other.draining));
}

export type AskTask = (task: Pick<SidecarTaskItem, 'id' | 'address'>, command: Command) => Promise<unknown>;

/** Asks one task. @throws NoAnswer, or what `fetch` throws */
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
      signal: AbortSignal.timeout(command.timeout_seconds * 1_000 + wayThereAndBack),
    });
    if (!response.ok) throw new NoAnswer(`the task answered ${response.status}`);
    return response.json();
  };
}

/** Asks any task that lives: whoever is not the owner of the device hands the command on to its owner. */
export function sidecarClient(dependencies: SidecarDependencies): Sidecar {
  const ask = taskAsker(dependencies);
  return {
    notify: async (wanted) => {
      const command: Command = { ...wanted, kind: 'notify' };
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

/** The sidecar that the function's environment leads to. */
export const sidecarFromEnvironment = (secrets: Secrets<'sidecar-control'> = secretsFromEnvironment()): Sidecar =>
  sidecarClient({ store: storeFromEnvironment(), secrets, clock: () => new Date(), fetch });
