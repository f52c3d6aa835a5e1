import { startFauxqs } from 'fauxqs';
import { expect, onTestFinished, test } from 'vitest';
import { remoteService, storeClient, type AwsCall } from './aws-call.ts';
import { LongPolls } from './long-polls.ts';
import { awaitedQueue, startHidden } from './queues.ts';

/** Milliseconds by which a busy machine, too, receives what a bell announces, in waits of 20 s. */
const latest = 15_000;

/** Two queues, of which `orders` gives what is not settled at its first attempt to `dead`. */
async function openQueues() {
  const { started: server, agent } = await startHidden(() => startFauxqs({ port: 0, logger: false }), 16);
  const { queueArn: deadLetterTargetArn } = server.createQueue('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
  server.createQueue('orders', { attributes: { VisibilityTimeout: '1', RedrivePolicy } });
  const remote = remoteService(new URL(`http://127.0.0.1:${server.port}`), agent);
  const looks: unknown[] = [];
  const counted = (call: AwsCall) => {
    if (call.operation === 'ReceiveMessage') looks.push(call.parameters['WaitTimeSeconds']);
    return remote(call);
  };
  const polls = new LongPolls(counted, (name) => awaitedQueue(server, name));
  const client = storeClient(polls.service);
  onTestFinished(async () => {
    polls.stop();
    remote.end();
    await server.stop();
  });
  const receive = async (QueueUrl: string, WaitTimeSeconds = 20): Promise<readonly unknown[]> => {
    const began = performance.now();
    const { Messages = [] } = await client('AmazonSQS.ReceiveMessage', { QueueUrl, WaitTimeSeconds });
    // The end of the wait would find the message, too.
    expect(performance.now() - began).toBeLessThan(latest);
    return (Messages as readonly { readonly Body: string }[]).map(({ Body }) => Body);
  };
  const send = (MessageBody: string, DelaySeconds = 0) =>
    client('AmazonSQS.SendMessage', { QueueUrl: 'orders', MessageBody, DelaySeconds });
  return { server, polls, looks, receive, send };
}

test('a receiver looks when it begins to wait, and when a message was sent', async () => {
  const { looks, receive, send } = await openQueues();
  const waiting = receive('orders');
  await expect.poll(() => looks).toEqual([0]);
  await send('now');
  expect(await waiting).toEqual(['now']);
  expect(looks).toEqual([0, 0]);
});

test('of two receivers, the one that finds nothing waits on', async () => {
  const { receive, send } = await openQueues();
  const both = [receive('orders'), receive('orders')];
  await send('first');
  await Promise.race(both);
  await send('second');
  expect((await Promise.all(both)).flat().toSorted()).toEqual(['first', 'second']);
});

test('a message that becomes visible by itself is received then', async () => {
  const { looks, receive, send } = await openQueues();
  await send('delayed', 1);
  expect(await receive('orders')).toEqual(['delayed']);
  expect(looks.length).toBeLessThanOrEqual(3);
  // Its visibility timeout ends, and with it its only attempt.
  const dead = receive('dead');
  expect(await receive('orders', 2)).toEqual([]);
  expect(await dead).toEqual(['delayed']);
});

test('a receiver gets what comes in another way after a ring', async () => {
  const { server, polls, looks, receive } = await openQueues();
  const waiting = receive('orders');
  await expect.poll(() => looks.length).toBe(1);
  server.sendMessage('orders', 'from a topic');
  polls.ring();
  expect(await waiting).toEqual(['from a topic']);
});

test('a wait ends with its time, and with the service', async () => {
  const { polls, receive } = await openQueues();
  expect(await receive('orders', 1)).toEqual([]);
  const waiting = receive('orders');
  polls.stop();
  expect(await waiting).toEqual([]);
});

test('a wait of an invalid time is rejected', async () => {
  const { receive } = await openQueues();
  await expect(receive('orders', 21)).rejects.toThrow('WaitTimeSeconds is invalid');
});
