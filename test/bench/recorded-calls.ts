import type { Sender, Store } from '#dynamodb/client.ts';

/** What is sent to a store, and sent once more without anything around it. */

/** Commands that were under way at the same time. */
type Group = Parameters<Sender['send']>[0][];

export type Recording = {
  readonly store: Store;
  /** Sends the same as during some work: what was sent at once at once, what waited for it behind it. */
  readonly recorded: (work: () => Promise<unknown>) => Promise<() => Promise<void>>;
};

export function recording({ client, tableName }: Store): Recording {
  let groups: Group[] = [];
  let underWay = 0;
  const send = async (command: Group[number]): Promise<unknown> => {
    if (underWay === 0) groups.push([]);
    groups.at(-1)?.push(command);
    underWay += 1;
    try {
      return await client.send(command);
    } finally {
      underWay -= 1;
    }
  };
  return {
    // What is sent is answered by the one behind it.
    store: { client: { send: send as Sender['send'] }, tableName },
    recorded: async (work) => {
      groups = [];
      await work();
      const sent = groups;
      // What is sent from now on is no part of it.
      groups = [];
      return async () => {
        for (const group of sent) await Promise.all(group.map((command) => client.send(command)));
      };
    },
  };
}
