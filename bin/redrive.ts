/**
 * `node bin/redrive.ts <stage> <queue>`: puts the dead letters of a queue (`cdr-ingest`) back into it, with the AWS
 * credentials of whoever calls. `node bin/redrive.ts .local/outputs.json <queue>`: the same on this machine. A letter
 * that is interrupted in between comes twice, which no consumer minds; one that still cannot be handled comes back.
 */
import { readFileSync } from 'node:fs';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { namesFor } from '../infra/names.ts';
import { contracts } from '../functions/contracts.ts';
import { queuesOf } from '../shared/contract/resource.ts';

const Outputs = z.object({
  Local: z.object({
    AwsEndpointUrl: z.string(),
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    Region: z.string(),
  }),
});

const queues = queuesOf(contracts);
const QueueName = z.enum(queues);
const atOnce = 10;

async function urlsOf(
  client: SQSClient,
  stage: string,
  queue: z.output<typeof QueueName>,
): Promise<{ readonly from: string; readonly to: string }> {
  const names = namesFor(stage);
  const urlOf = async (QueueName: string): Promise<string> =>
    (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '';
  return { from: await urlOf(names.deadLetters(queue)), to: await urlOf(names.queue(queue)) };
}

/** Moves as many letters as lay there when it began, bodies unchanged. @returns how many */
export async function redrive(
  client: Pick<SQSClient, 'send'>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<number> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: from, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  const wanted = Number(Attributes?.ApproximateNumberOfMessages);
  let moved = 0;
  while (moved < wanted) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: Math.min(atOnce, wanted - moved),
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    if (Messages.length === 0) break;
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: to,
        Entries: Messages.map(({ Body, Attributes: of }, at) => ({
          Id: String(at),
          MessageBody: Body,
          ...(of?.MessageGroupId === undefined ? {} : { MessageGroupId: of.MessageGroupId }),
        })),
      }),
    );
    const rejected = new Set(Failed.map(({ Id }) => Id));
    const taken = Messages.filter((_, at) => !rejected.has(String(at)));
    if (taken.length === 0) throw new Error('The queue takes none of the letters');
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: from,
        Entries: taken.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })),
      }),
    );
    moved += taken.length;
  }
  return moved;
}

if (import.meta.main) {
  const [where, name] = process.argv.slice(2);
  const queue = QueueName.safeParse(name);
  if (where === undefined || !queue.success) {
    console.error(
      `Which one? Name the stage, or the outputs.json of a Trunkline on this machine, and one of ${queues.join(', ')}.`,
    );
    process.exit(1);
  }
  const local = where.endsWith('.json') ? Outputs.parse(JSON.parse(readFileSync(where, 'utf8'))).Local : undefined;
  const client = new SQSClient(
    local === undefined
      ? {}
      : {
          endpoint: local.AwsEndpointUrl,
          region: local.Region,
          credentials: { accessKeyId: local.AccessKeyId, secretAccessKey: local.SecretAccessKey },
        },
  );
  const moved = await redrive(client, await urlsOf(client, local === undefined ? where : 'local', queue.data));
  console.log(`${moved} dead letters of ${queue.data} were put back.`);
}
