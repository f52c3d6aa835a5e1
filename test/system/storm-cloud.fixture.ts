import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueUrlCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { namesFor } from '#infra/names.ts';
import type { Store } from '#dynamodb/client.ts';
import { eventually } from '../support/eventually.ts';
import { apiAs, queuesOf, type Api } from './cdr.fixture.ts';
import { newOperator, startCloud, type LocalCloud, type OwnCloud } from './cloud.ts';
import { peopleIn, storeOf, type People } from './people.ts';
import { sharedCloud, type faultRates } from './shared-clouds.ts';

/** Clouds that inject faults, for storms. */

const consumers = ['cdr-ingest', 'cdr-backlog', 'cdr-wholesale', 'reservation-expiry'];
/**
 * Seconds until messages of a killed consumer are visible again (30 and 60 in production), and receives until one is
 * moved to the dead-letter queue.
 */
const visibilityTimeout = 3;
const maxReceives = 1_000;

/** Messages whose consumer failed come back soon, and as often as it fails. */
async function shortenVisibility(queues: SQSClient): Promise<void> {
  for (const queue of consumers) {
    const names = namesFor('local');
    const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: names.queue(queue) }));
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${names.deadLetters(queue)}`;
    await queues.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: {
          VisibilityTimeout: String(visibilityTimeout),
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: maxReceives }),
        },
      }),
    );
  }
}

/** Invocations of functions that were killed so far. */
export const killsIn = ({ dataDir }: LocalCloud, functions: readonly string[]): number =>
  functions.reduce((sum, name) => {
    const file = join(dataDir, 'logs', `${namesFor('local').function(name)}.log`);
    // One that was never invoked has none.
    return existsSync(file) ? sum + readFileSync(file, 'utf8').split('Runtime.ExitError').length - 1 : sum;
  }, 0);

/** A cloud in which several storms may run. They share one session of an operator. */
export type StormCloud = {
  readonly cloud: LocalCloud;
  /** Token of the operator. */
  readonly operator: string;
  readonly api: Api;
  readonly store: Store;
  readonly queues: SQSClient;
  readonly people: People;
};

async function stormCloudIn<Kind extends LocalCloud>(
  cloud: Kind,
  operator: string,
): Promise<StormCloud & { readonly cloud: Kind }> {
  const queues = queuesOf(cloud);
  await eventually(() => shortenVisibility(queues));
  const { outputs } = cloud;
  return {
    ...{ cloud, operator, queues, api: apiAs(cloud, operator) },
    ...{ store: storeOf(outputs), people: peopleIn(outputs, operator) },
  };
}

/** The cloud with such faults that all test files share. */
export async function sharedStormCloud(name: keyof typeof faultRates): Promise<StormCloud> {
  const { cloud, operator } = await sharedCloud(name);
  return stormCloudIn(cloud, operator);
}

/** @param faults as `FAULTS` has them (infra/local/aws/faults.ts) @param env further environment */
export async function startStormCloud(
  faults: { readonly seed: number },
  env: NodeJS.ProcessEnv = {},
): Promise<StormCloud & { readonly cloud: OwnCloud }> {
  const cloud = await startCloud({ FAULTS: JSON.stringify(faults), RATE_LIMIT_SCALE: '1000', ...env });
  return stormCloudIn(cloud, await eventually(() => newOperator(cloud)));
}

/** Runs a storm in a cloud of its own. */
export async function inStormCloud<Result>(
  faults: { readonly seed: number },
  run: (storm: StormCloud) => Promise<Result>,
): Promise<Result> {
  const storm = await startStormCloud(faults);
  try {
    return await run(storm);
  } finally {
    await storm.cloud.stop();
  }
}
