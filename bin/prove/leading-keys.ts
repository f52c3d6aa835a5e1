import {
  BatchGetItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

/** The entity that the probing principal may read, and one that it may not. No such items need exist. */
const own = 'session';
const foreign = 'credential';

const keyOf = (entity: string) => ({ PK: { S: `${entity}#0#probe` }, SK: { S: 'probe' } });

/** The form of every function's grants on the table: actions, the table or an index, and the guarded leading key. */
export const probePolicy = (tableArn: string) => ({
  Version: '2012-10-17',
  Statement: [
    { actions: ['dynamodb:BatchGetItem', 'dynamodb:ConditionCheckItem', 'dynamodb:Query'], resource: tableArn },
    { actions: ['dynamodb:Query'], resource: `${tableArn}/index/GSI1` },
  ].map(({ actions, resource }) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: resource,
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${own}#*`] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  })),
});

type Client = Pick<DynamoDBClient, 'send'>;
type Probe = {
  readonly call: string;
  readonly isAllowed: boolean;
  readonly send: (client: Client, table: string) => Promise<unknown>;
};

const batchOf =
  (...entities: readonly string[]): Probe['send'] =>
  (client, table) =>
    client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: entities.map(keyOf) } } }));

/** Three calls that the guard must let through, as their key is present, and two that it must not. */
export const probes: readonly Probe[] = [
  {
    call: 'ConditionCheck of an own partition',
    isAllowed: true,
    send: (client, table) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              ConditionCheck: {
                TableName: table,
                Key: keyOf(own),
                ConditionExpression: 'attribute_not_exists(PK)',
              },
            },
          ],
        }),
      ),
  },
  { call: 'BatchGet of an own partition', isAllowed: true, send: batchOf(own) },
  {
    call: 'Query of an own partition of an index',
    isAllowed: true,
    send: (client, table) =>
      client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'GSI1',
          KeyConditionExpression: 'GSI1PK = :key',
          ExpressionAttributeValues: { ':key': { S: `${own}#0#probe` } },
        }),
      ),
  },
  { call: 'BatchGet of an own and a foreign partition', isAllowed: false, send: batchOf(own, foreign) },
  {
    call: 'Scan, which has no leading key',
    isAllowed: false,
    send: (client, table) => client.send(new ScanCommand({ TableName: table, Limit: 1 })),
  },
];

const isDenial = (error: unknown): boolean => error instanceof Error && error.name === 'AccessDeniedException';

/** Sends the five calls. @returns for each, what was expected and what happened. @throws any error but a denial */
export async function proveLeadingKeys(client: Client, table: string) {
  const results: { call: string; expected: string; was: string }[] = [];
  for (const { call, isAllowed, send } of probes) {
    const was = await send(client, table).then(
      () => 'allowed',
      (error: unknown) => {
        if (isDenial(error)) return 'denied';
        throw error;
      },
    );
    results.push({ call, expected: isAllowed ? 'allowed' : 'denied', was });
  }
  return results;
}
