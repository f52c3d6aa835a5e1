import { monotonicFactory } from 'ulid';
import { storeFromEnvironment, type Store } from '../dynamodb/client.ts';
import type { Links } from '../objects/links.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { Queues } from '../queue/queues.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Sidecar } from '../sidecar/client.ts';
import type { SmsProvider } from '../sms/provider.ts';
import type { Invoke } from './invoke.ts';
import { logger, type Log } from './log.ts';

/** Everything outside a function that it uses. Tests bring their own. */
export type Dependencies = {
  readonly store: Store;
  // The optional ones are present only in functions whose contract declares them, so that the bundles of the others do
  // not include their SDK clients.
  readonly queues?: Queues;
  readonly secrets?: Secrets;
  readonly links?: Links;
  readonly objects?: Objects;
  readonly mailer?: Mailer;
  readonly sms?: SmsProvider;
  readonly sidecar?: Sidecar;
  readonly outbound?: Outbound;
  readonly invoke?: Invoke;
  readonly clock: () => Date;
  /** A new id `<prefix>_<ULID>`. Ids of one process ascend. */
  readonly nextId: (prefix: string) => string;
  readonly random: () => number;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** The dependencies of a deployed function. @param also clients that only some functions have */
export function dependenciesFromEnvironment(
  also: Pick<
    Dependencies,
    'queues' | 'secrets' | 'links' | 'objects' | 'mailer' | 'sms' | 'sidecar' | 'outbound' | 'invoke'
  > = {},
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
