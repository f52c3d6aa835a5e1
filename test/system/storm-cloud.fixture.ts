import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueUrlCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { namesFor } from '#infra/names.ts';
import type { Store } from '#dynamodb/client.ts';
import { eventually } from '../support/eventually.ts';
import { callerOf, queuesOf, type Api } from './cdr.fixture.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from './cloud.ts';
import { peopleIn, storeOf, type People } from './people.ts';

/** Clouds that inject faults, for storms of calls. */

/** One invocation in four is killed within this time, if it takes that long; every run kills some of the consumers. */
const kills = { rate: 0.25, milliseconds: 40 };
/** Of a storm of CDRs. */
export const chaosFaults = {
  failedAnswer: 0.02,
  lostAnswer: 0.02,
  throttle: 0.02,
  conflict: 0.02,
  duplicateDelivery: 0.05,
  killedFunction: kills,
};
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

/** Invocations of the consumers of CDRs that were killed. */
export const killedIn = ({ dataDir }: OwnCloud): number =>
  ['cdr-ingest', 'cdr-wholesale'].reduce(
    (sum, name) =>
      sum +
      readFileSync(join(dataDir, 'logs', `${namesFor('local').function(name)}.log`), 'utf8').split('Runtime.ExitError')
        .length -
      1,
    0,
  );

/** A cloud in which several storms may run. They share one session: each log-in ends the oldest of too many. */
export type StormCloud = {
  readonly cloud: OwnCloud;
  readonly api: Api;
  readonly store: Store;
  readonly queues: SQSClient;
  readonly people: People;
};

/** @param faults as `FAULTS` has them (infra/local/aws/faults.ts) @param env further environment */
export async function startStormCloud(
  faults: { readonly seed: number },
  env: NodeJS.ProcessEnv = {},
): Promise<StormCloud> {
  const cloud = await startCloud({ FAULTS: JSON.stringify(faults), RATE_LIMIT_SCALE: '1000', ...env });
  const queues = queuesOf(cloud);
  await eventually(() => shortenVisibility(queues));
  const api = await eventually(() => callerOf(cloud));
  const people = peopleIn(cloud.outputs, await eventually(() => logIn(cloud, 'admin', adminPassword)));
  return { cloud, api, store: storeOf(cloud.outputs), queues, people };
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
