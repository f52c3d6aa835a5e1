import { textIn, type AwsCall } from './aws-call.ts';
import { identityOf, rawEmail } from './email-call.ts';
import { creationContext, lockContext, objectActions } from './object-call.ts';
import { pseudoParameters, type CloudResource } from '../templates/resource.ts';
import { identityTagKey, type Request } from './policy.ts';

type AttributeValue = { readonly S?: string; readonly N?: string; readonly B?: string };
type Item = Readonly<Record<string, AttributeValue>>;
type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];

/** The part of the input of DynamoDB's operations that names tables and items. */
type DynamoParameters = {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly TransactItems?: readonly Readonly<Record<string, DynamoParameters>>[];
  readonly RequestItems?: Readonly<Record<string, BatchOfTable>>;
};
type BatchOfTable = { readonly Keys: readonly Item[] } | readonly Readonly<Record<string, DynamoParameters>>[];

/** An item that a call names by its key. */
export type TouchedItem = { readonly action: string; readonly table: string; readonly key: Item };

/** Names in the templates: the ARN of a name, and the key attributes of a table. */
export type ResourceNames = {
  arnOf(type: string, name: string): string;
  /** Key attributes of a table or of one of its indexes: partition key, sort key. */
  keysOf(table: string, index?: string): readonly string[];
  /** The value of the platform's tag of an identity of SES; undefined if it has none. */
  ownerOf(identity: string): string | undefined;
};

const { 'AWS::Region': region, 'AWS::AccountId': account } = pseudoParameters;

const arnPrefixes: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': `arn:aws:dynamodb:${region}:${account}:table/`,
  'AWS::SQS::Queue': `arn:aws:sqs:${region}:${account}:`,
  'AWS::Lambda::Function': `arn:aws:lambda:${region}:${account}:function:`,
  'AWS::SecretsManager::Secret': `arn:aws:secretsmanager:${region}:${account}:secret:`,
};

export function resourceNames(
  resources: readonly CloudResource[],
  ownerOf: ResourceNames['ownerOf'] = () => undefined,
): ResourceNames {
  const arns = new Map(resources.map(({ type, name, arn }) => [`${type} ${name}`, arn]));
  const keys = new Map(resources.filter(({ type }) => type === 'AWS::DynamoDB::Table').flatMap(keySchemasOf));
  return {
    arnOf: (type, name) =>
      name.startsWith('arn:') ? name : (arns.get(`${type} ${name}`) ?? `${arnPrefixes[type]}${name}`),
    keysOf: (table, index = '') => keys.get(`${table} ${index}`) ?? [],
    ownerOf,
  };
}

function keySchemasOf({ name, properties }: CloudResource): [string, readonly string[]][] {
  const indexes = (properties['GlobalSecondaryIndexes'] ?? []) as readonly {
    IndexName: string;
    KeySchema: KeySchema;
  }[];
  const schemas: [string, KeySchema][] = [
    ['', properties['KeySchema'] as KeySchema],
    ...indexes.map((index): [string, KeySchema] => [index.IndexName, index.KeySchema]),
  ];
  return schemas.map(([index, schema]) => [
    `${name} ${index}`,
    schema.toSorted((one, other) => one.KeyType.localeCompare(other.KeyType)).map((key) => key.AttributeName),
  ]);
}

/**
 * The requests of a call that IAM decides: one per table, or one per item of a transaction (Service Authorization
 * Reference of each service; for DynamoDB "Using IAM with DynamoDB transactions").
 */
export function requestsOf(call: AwsCall, names: ResourceNames): readonly Request[] {
  switch (call.service) {
    case 'dynamodb':
      return dynamoRequests(call, names);
    case 'sqs':
      // Batch operations need the action of the single operation.
      return [
        {
          action: `sqs:${call.operation.replace(/Batch$/, '')}`,
          resource: names.arnOf('AWS::SQS::Queue', queueNameOf(call)),
        },
      ];
    case 's3':
      return objectActions(call).map((action) => ({
        action: `s3:${action}`,
        resource: `arn:aws:s3:::${objectPathOf(call)}`,
        context: { ...creationContext(call), ...lockContext(call) },
      }));
    case 'ses':
      return emailRequests(call, names);
    case 'sms-voice':
      return [texting(call, textIn(call.parameters, 'OriginationIdentity'))];
    case 'secretsmanager':
      return [
        {
          action: `secretsmanager:${call.operation}`,
          resource: names.arnOf('AWS::SecretsManager::Secret', textIn(call.parameters, 'SecretId')),
        },
      ];
    case 'lambda':
      return [
        { action: `lambda:${call.operation}`, resource: names.arnOf('AWS::Lambda::Function', functionNameOf(call)) },
      ];
    case 'ecs':
      // No function calls it: tasks ask their agent.
      return [{ action: `ecs:${call.operation}`, resource: textIn(call.parameters, 'service') }];
    case 'sns':
      // A phone number has no ARN (Amazon SNS Developer Guide, "Using identity-based policies"): it is the resource.
      return [
        {
          action: `sns:${call.operation.replace(/Batch$/, '')}`,
          resource: textIn(call.parameters, 'TopicArn') || textIn(call.parameters, 'PhoneNumber'),
        },
      ];
    case null:
      return [];
  }
}

function emailRequests(call: AwsCall, { ownerOf }: Pick<ResourceNames, 'ownerOf'>): readonly Request[] {
  const identity = identityOf(call);
  if (identity === undefined) return sending(call);
  const owner = ownerOf(identity);
  const context = owner === undefined ? {} : { context: { [identityTagKey]: [owner] } };
  const request = { action: `ses:${call.operation}`, resource: identityArn(identity), ...context };
  // To make one with tags needs this, too.
  return call.method === 'POST' ? [request, { ...request, action: 'ses:TagResource' }] : [request];
}

const identityArn = (name: string): string => `arn:aws:ses:${region}:${account}:identity/${name}`;

/** SES decides about the sender's identity, and about the configuration set (Service Authorization Reference). */
function sending(call: AwsCall): readonly Request[] {
  const { FromEmailAddress: sender, ConfigurationSetName: set } = rawEmail(call);
  const sets = set === undefined ? [] : [`arn:aws:ses:${region}:${account}:configuration-set/${set}`];
  return [identityArn(sender), ...sets].map((resource) => ({
    action: `ses:${call.operation}`,
    resource,
    context: { 'ses:FromAddress': [sender] },
  }));
}

/** Numbers and sender ids have ARNs of their own. */
const texting = ({ operation }: AwsCall, sender: string): Request => ({
  action: `sms-voice:${operation}`,
  resource: `arn:aws:sms-voice:${region}:${account}:${sender.startsWith('+') ? 'phone-number' : 'sender-id'}/${sender}`,
});

/** Of `/2015-03-31/functions/<name>/invocations`. */
export const functionNameOf = ({ url }: AwsCall): string => url.split('/')[3] ?? '';

/** `<bucket>/<key>`, or a bucket alone. */
const objectPathOf = ({ url }: AwsCall): string =>
  decodeURIComponent(new URL(url, 'http://s3').pathname.slice(1).replace(/\/$/, ''));

/** The last part of the queue's URL, for any host. */
const queueNameOf = ({ parameters }: AwsCall) =>
  (textIn(parameters, 'QueueUrl') || textIn(parameters, 'QueueName')).split('/').at(-1) ?? '';

/** Items that a call names by their key, alone or in a transaction; not those of batches. */
export function touchedItems(call: AwsCall, names: ResourceNames): readonly TouchedItem[] {
  const parameters = call.parameters as DynamoParameters;
  if (call.operation.startsWith('Transact')) {
    const entries = (parameters.TransactItems ?? []).flatMap((entry) => Object.entries(entry));
    return entries.map(([verb, each]) => touchedItem(transactActions[verb] ?? verb, each, names));
  }
  return singleItemOperations.includes(call.operation) ? [touchedItem(call.operation, parameters, names)] : [];
}

const singleItemOperations = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'];

const transactActions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

function touchedItem(
  action: string,
  { TableName = '', Key, Item = {} }: DynamoParameters,
  names: ResourceNames,
): TouchedItem {
  const item = Key ?? Item;
  const table = tableNameOf(TableName);
  return { action, table, key: Object.fromEntries(names.keysOf(table).map((name) => [name, item[name] ?? {}])) };
}

/** A table may be named by its ARN. */
const tableNameOf = (nameOrArn: string) => nameOrArn.split('/').at(-1) ?? nameOrArn;

function dynamoRequests(call: AwsCall, names: ResourceNames): readonly Request[] {
  const items = touchedItems(call, names);
  if (items.length > 0) return items.map(({ action, table, key }) => tableRequest(action, table, names, [key]));
  const parameters = call.parameters as DynamoParameters;
  switch (call.operation) {
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.entries(parameters.RequestItems ?? {}).map(([table, wanted]) =>
        tableRequest(call.operation, table, names, batchItems(wanted)),
      );
    case 'Query':
      return [queryRequest(parameters, names)];
    default:
      // PartiQL names tables in a statement. No policy grants its actions.
      return [{ action: `dynamodb:${call.operation}`, resource: tableOrIndexArn(parameters, names) }];
  }
}

function tableRequest(operation: string, table: string, names: ResourceNames, items: readonly Item[]): Request {
  const [partitionKey = ''] = names.keysOf(tableNameOf(table));
  return {
    action: `dynamodb:${operation}`,
    resource: names.arnOf('AWS::DynamoDB::Table', table),
    ...leading(items.map((item) => item[partitionKey])),
  };
}

const batchItems = (wanted: BatchOfTable): readonly Item[] =>
  'Keys' in wanted
    ? wanted.Keys
    : wanted.flatMap((write) => Object.values(write).map(({ Item, Key }) => Item ?? Key ?? {}));

/** A query's leading key is the partition-key value of the table or index that it reads. */
function queryRequest(parameters: DynamoParameters, names: ResourceNames): Request {
  const {
    TableName = '',
    IndexName,
    KeyConditionExpression = '',
    ExpressionAttributeNames = {},
    ExpressionAttributeValues = {},
  } = parameters;
  const [partitionKey] = names.keysOf(tableNameOf(TableName), IndexName);
  const values = [...KeyConditionExpression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)]
    .filter(([, name = '']) => (ExpressionAttributeNames[name] ?? name) === partitionKey)
    .map(([, , value = '']) => ExpressionAttributeValues[value]);
  return { action: 'dynamodb:Query', resource: tableOrIndexArn(parameters, names), ...leading(values) };
}

function tableOrIndexArn({ TableName, IndexName }: DynamoParameters, names: ResourceNames): string {
  if (TableName === undefined) return '*';
  const table = names.arnOf('AWS::DynamoDB::Table', TableName);
  return IndexName === undefined ? table : `${table}/index/${IndexName}`;
}

/** A key that the call omits is an empty value, not an absent one. */
const leading = (values: readonly (AttributeValue | undefined)[]): Pick<Request, 'context'> =>
  values.length === 0
    ? {}
    : { context: { 'dynamodb:LeadingKeys': values.map((value) => value?.S ?? value?.N ?? value?.B ?? '') } };
