import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { startNameServer, type NameServer } from '../support/name-server.fixture.ts';
import type { Place } from './run-peers.ts';
import { askSetup, type SetupService } from './setup-services.ts';

/** The name server that the shared clouds ask. Each of its users has records of its own in `test`. */

const Zone = z.object({ user: z.string(), records: z.array(z.string()) });

/** The service that starts it when its first user has records. */
export function nameServerOnDemand(place: Place): { readonly serve: SetupService; readonly stop: () => Promise<void> } {
  const recordsOf = new Map<string, readonly string[]>();
  let server: Promise<NameServer> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const replace = async ({ user, records }: z.output<typeof Zone>): Promise<null> => {
    recordsOf.set(user, records);
    await (await (server ??= startNameServer(place))).serve(...[...recordsOf.values()].flat());
    return null;
  };
  return {
    serve: (body) => {
      // One after the other: a server that reloads its records would miss the next signal.
      const replaced = last.catch(() => undefined).then(() => replace(Zone.parse(body)));
      last = replaced;
      return replaced;
    },
    stop: async () =>
      server?.then(
        (running) => running[Symbol.asyncDispose](),
        // Each test that asked for it has failed with the reason.
        () => undefined,
      ),
  };
}

/** A new user of the name server. */
export function newZone(): {
  /** Replaces its records, as lines of a zone file whose names no other test has, and waits until they are served. */
  readonly serve: (...records: readonly string[]) => Promise<void>;
} {
  const user = randomUUID();
  return { serve: async (...records) => void (await askSetup('name-server', { user, records })) };
}
