import { monotonicFactory } from 'ulid';
import { storeFromEnvironment, type Store } from '../dynamodb/client.ts';
import type { Links } from '../objects/links.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Queues } from '../queue/queues.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Sidecar } from '../sidecar/client.ts';
import { logger, type Log } from './log.ts';

/** Everything a function touches beyond itself; tests bring their own (style.md, rule 4). */
export type Dependencies = {
  readonly store: Store;
  /** Only functions whose contract sends bring queues, so that the others do not carry SQS's client. */
  readonly queues?: Queues;
  /** Likewise of Secrets Manager. */
  readonly secrets?: Secrets;
  /** Of those that link to objects, and of those that keep them. */
  readonly links?: Links;
  readonly objects?: Objects;
  /** Of those that mail. */
  readonly mailer?: Mailer;
  /** Of those that ask it. */
  readonly sidecar?: Sidecar;
  readonly clock: () => Date;
  /** `<prefix>_<ULID>`, ascending within a process. */
  readonly nextId: (prefix: string) => string;
  readonly random: () => number;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export function dependenciesFromEnvironment(
  also: Pick<Dependencies, 'queues' | 'secrets' | 'links' | 'objects' | 'mailer' | 'sidecar'> = {},
): Dependencies {
  const ulid = monotonicFactory();
  return {
    store: storeFromEnvironment(),
    clock: () => new Date(),
    nextId: (prefix) => `${prefix}_${ulid()}`,
    random: Math.random,
    log: logger(),
    environment: process.env,
    ...also,
  };
}
