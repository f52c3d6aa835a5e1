/**
 * Writes to the three stores in turn and prints the acknowledged number after each round, until it is killed.
 */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { startAwsEndpoint } from './aws-endpoint.ts';
import { clientsFor, optionsFor } from './endpoint-fixture.ts';

const endpoint = await startAwsEndpoint(optionsFor(process.argv[2] ?? ''));
const { dynamodb, sqs, secrets } = clientsFor(endpoint, endpoint.operator);

for (let number = 0; ; number += 1) {
  const Item = { PK: { S: 'trunk#kept' }, SK: { S: String(number) } };
  await dynamodb.send(new PutItemCommand({ TableName: 'toy-table', Item }));
  await sqs.send(new SendMessageCommand({ QueueUrl: endpoint.queueUrl('toy-orders'), MessageBody: String(number) }));
  await secrets.send(new PutSecretValueCommand({ SecretId: 'toy-keys', SecretString: String(number) }));
  process.stdout.write(`${number}\n`);
}
