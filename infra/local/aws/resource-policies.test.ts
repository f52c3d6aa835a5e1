import { rmSync } from 'node:fs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import {
  clientsFor,
  filesArn,
  optionsFor,
  queueArn,
  resources,
  startOnSharedStore,
  temporaryFolder,
  topicArn,
} from './endpoint-fixture.ts';
import { assertDeliveries, readResourcePolicies } from './resource-policies.ts';
import type { CloudResource } from '../templates/resource.ts';

const policy = (
  type: string,
  properties: Readonly<Record<string, unknown>>,
  ...Statement: object[]
): CloudResource => ({
  ...{ stack: 'Toy', logicalId: type, type, name: type, arn: type },
  properties: { ...properties, PolicyDocument: { Statement } },
});

const bucketPolicy = (...statements: object[]) =>
  policy('AWS::S3::BucketPolicy', { Bucket: 'toy-files' }, ...statements);
const deniesLocks = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 's3:PutObject',
  Resource: `${filesArn}/*`,
  Condition: { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } },
};
const urls = ['https://sqs.us-east-1.amazonaws.com/000000000000/toy-orders-dead'];
const deadLetters = 'arn:aws:sqs:us-east-1:000000000000:toy-orders-dead';

test('a Deny of a resource holds for functions and the operator, and its Allow is enough for its role', async () => {
  const dataDir = temporaryFolder();
  const trunks = resources.find(({ name }) => name === 'toy-trunks');
  const role = 'arn:aws:iam::000000000000:role/toy-trunks-role';
  const allowsRole = {
    ...{ Effect: 'Allow', Principal: { AWS: role }, Action: 'sqs:SendMessage', Resource: deadLetters },
  };
  const endpoint = await startOnSharedStore(
    optionsFor(dataDir, {
      resources: [
        ...resources.map((each) => (each === trunks ? { ...each, properties: { Role: role } } : each)),
        bucketPolicy(deniesLocks),
        policy('AWS::SQS::QueuePolicy', { Queues: urls }, allowsRole),
      ],
    }),
  );
  onTestFinished(async () => {
    await endpoint.close();
    rmSync(dataDir, { recursive: true });
  });
  const [mine, others, operator] = [
    clientsFor(endpoint, endpoint.credentialsFor('toy-trunks')),
    clientsFor(endpoint, endpoint.credentialsFor('toy-idle')),
    clientsFor(endpoint, endpoint.operator),
  ];
  const until = new Date(Date.now() + 60_000);
  const put = { Bucket: 'toy-files', Key: 'a', Body: 'a' };
  const locked = { ...put, ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until } as const;
  const denied = { name: 'AccessDenied', message: expect.stringContaining('explicit deny') };
  await mine.s3.send(new PutObjectCommand(put));
  for (const { s3 } of [mine, operator])
    await expect(s3.send(new PutObjectCommand(locked))).rejects.toMatchObject(denied);

  const letter = { QueueUrl: endpoint.queueUrl('toy-orders-dead'), MessageBody: 'a' };
  await mine.sqs.send(new SendMessageCommand(letter));
  await expect(others.sqs.send(new SendMessageCommand(letter))).rejects.toMatchObject({ name: 'AccessDenied' });
});

/** The resources, with the statements of the queue's policy changed. */
const withQueuePolicy = (change: (statements: readonly object[]) => readonly object[]): readonly CloudResource[] =>
  resources.map((each) => {
    const { PolicyDocument: document } = each.properties as { PolicyDocument?: { Statement: readonly object[] } };
    if (each.type !== 'AWS::SQS::QueuePolicy' || document === undefined) return each;
    return { ...each, properties: { ...each.properties, PolicyDocument: { Statement: change(document.Statement) } } };
  });

const check = (all: readonly CloudResource[]): void => assertDeliveries(all, readResourcePolicies(all));

test('a topic whose messages its queue does not accept stops the start with the missing grant', async () => {
  expect(() => check(resources)).not.toThrow();
  const message = `The policy of ${queueArn} does not let sns.amazonaws.com sqs:SendMessage for ${topicArn}`;
  const without = withQueuePolicy(([, ...rest]) => rest);
  expect(() => check(without)).toThrow(message);
  await expect(startOnSharedStore(optionsFor('/nonexistent', { resources: without }))).rejects.toThrow(message);
  const denied = { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: queueArn };
  expect(() => check(withQueuePolicy((statements) => [...statements, denied]))).toThrow(message);
});
