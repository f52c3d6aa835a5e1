import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { creationContext } from './object-call.ts';
import { compilePolicy, decide, type Caller, type Policy, type Request } from './policy.ts';
import { LocalCloudError } from '../templates/resource.ts';

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/toy';
const leading = (...patterns: string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});
const allow = (more: Record<string, unknown> = {}) => ({
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: table,
  ...more,
});
const policyVariable = '$' + '{www.amazon.com:user_id}';
const role: Caller = {
  kind: 'AWS',
  name: 'arn:aws:iam::000000000000:role/f',
  context: { 'aws:SecureTransport': ['true'] },
};
const allows = (policy: Policy, request: Request): boolean => decide([policy], request, role) === 'allowed';
const get = { action: 'dynamodb:GetItem', resource: table };

describe('statements', () => {
  test('nothing is allowed without a statement', () => {
    expect(allows(compilePolicy('f', []), get)).toBe(false);
  });

  test('a statement allows its actions on its resources only', () => {
    const policy = compilePolicy('f', [allow({ Action: ['dynamodb:GetItem', 'dynamodb:Query'] })]);
    expect(allows(policy, get)).toBe(true);
    expect(allows(policy, { ...get, action: 'dynamodb:PutItem' })).toBe(false);
    expect(allows(policy, { ...get, resource: `${table}/index/GSI1` })).toBe(false);
    expect(allows(policy, { ...get, resource: table.toUpperCase() })).toBe(false);
  });

  test('a secret is granted by its name and a wildcard for the six random characters', () => {
    const policy = compilePolicy('f', [
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: 'arn:aws:secretsmanager:r:a:secret:keys-??????',
      },
    ]);
    const read = (resource: string) => allows(policy, { action: 'secretsmanager:GetSecretValue', resource });
    expect(read('arn:aws:secretsmanager:r:a:secret:keys-local0')).toBe(true);
    expect(read('arn:aws:secretsmanager:r:a:secret:keys-old-local0')).toBe(false);
  });

  test.for([
    [allow({ Effect: 'Maybe' }), 'Effect "Maybe"'],
    [allow({ NotAction: 'dynamodb:Scan' }), 'NotAction'],
    [{ Effect: 'Allow', Action: 'dynamodb:Scan' }, 'NotResource'],
    [allow({ NotPrincipal: '*' }), 'NotPrincipal'],
    [allow({ Principal: '*' }), 'Principal'],
    [allow({ Resource: { 'Fn::GetAtt': ['Table', 'Arn'] } }), 'Fn::GetAtt'],
    [allow({ Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': 'a' } } }), 'ForAnyValue:StringLike'],
    [allow({ Condition: { StringEquals: { 'aws:SourceIp': 'a' } } }), 'aws:SourceIp'],
    [allow({ Condition: { StringLike: { 'dynamodb:LeadingKeys': policyVariable } } }), policyVariable],
  ] as const)('an unknown form is rejected with its name: %j', ([statement, named]) => {
    expect(() => compilePolicy('toy-trunks', [statement])).toThrow(LocalCloudError);
    expect(() => compilePolicy('toy-trunks', [statement])).toThrow(named);
    expect(() => compilePolicy('toy-trunks', [statement])).toThrow('toy-trunks');
  });
});

describe('leading keys', () => {
  const entity = fc.stringMatching(/^[a-z-]{1,12}$/);
  const rest = anyText({ maxLength: 30 });

  test('every key of a call must begin with a granted entity', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(entity, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(entity, rest), { minLength: 1, maxLength: 6 }),
        (granted, keys) => {
          const policy = compilePolicy('f', [allow({ Condition: leading(...granted.map((each) => `${each}#*`)) })]);
          const leadingKeys = keys.map(([name, tail]) => `${name}#${tail}`);
          expect(allows(policy, { ...get, context: { 'dynamodb:LeadingKeys': leadingKeys } })).toBe(
            keys.every(([name]) => granted.includes(name)),
          );
        },
      ),
    );
  });

  test('all keys of a call must be granted by one statement, not by two together', () => {
    fc.assert(
      fc.property(entity, entity, rest, rest, (one, other, tail, otherTail) => {
        fc.pre(one !== other);
        const policy = compilePolicy('f', [
          allow({ Condition: leading(`${one}#*`) }),
          allow({ Condition: leading(`${other}#*`) }),
        ]);
        expect(allows(policy, { ...get, context: { 'dynamodb:LeadingKeys': [`${one}#${tail}`] } })).toBe(true);
        expect(allows(policy, { ...get, context: { 'dynamodb:LeadingKeys': [`${other}#${otherTail}`] } })).toBe(true);
        expect(
          allows(policy, { ...get, context: { 'dynamodb:LeadingKeys': [`${one}#${tail}`, `${other}#${otherTail}`] } }),
        ).toBe(false);
      }),
    );
  });

  test('a call without leading keys is denied by the Null clause, and allowed where that clause was forgotten', () => {
    const { Null, ...forgotten } = leading('trunk#*');
    expect(allows(compilePolicy('f', [allow({ Condition: { ...forgotten, Null } })]), get)).toBe(false);
    expect(allows(compilePolicy('f', [allow({ Condition: forgotten })]), get)).toBe(true);
  });

  test('special characters of regular expressions match themselves', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), (pattern, value) => {
        fc.pre(!/[*?]/.test(pattern) && !pattern.includes('$'));
        const policy = compilePolicy('f', [allow({ Condition: leading(pattern) })]);
        expect(allows(policy, { ...get, context: { 'dynamodb:LeadingKeys': [value] } })).toBe(pattern === value);
      }),
    );
  });

  test('a role that adds objects replaces none: what makes an object must say that it is new', () => {
    const put = { Action: 's3:PutObject', Resource: '*' };
    const policy = compilePolicy('f', [
      allow({ ...put, Condition: { Null: { 's3:if-none-match': 'false' } } }),
      allow({ ...put, Condition: { Bool: { 's3:ObjectCreationOperation': 'false' } } }),
    ]);
    const isAllowed = (method: string, query: string, headers: Readonly<Record<string, string>>) =>
      allows(policy, {
        action: 's3:PutObject',
        resource: 'arn:aws:s3:::files/a',
        context: creationContext({ method, url: `/files/a${query}`, headers }),
      });
    const isNew = { 'if-none-match': '*' };
    expect(isAllowed('POST', '?uploads', {})).toBe(true);
    expect(isAllowed('PUT', '?partNumber=1&uploadId=u', {})).toBe(true);
    expect([isAllowed('POST', '?uploadId=u', {}), isAllowed('POST', '?uploadId=u', isNew)]).toEqual([false, true]);
    expect([isAllowed('PUT', '', {}), isAllowed('PUT', '', isNew)]).toEqual([false, true]);
  });
});

describe('a deny, and the policy of a resource', () => {
  const queue = 'arn:aws:sqs:us-east-1:000000000000:orders';
  const send: Request = { action: 'sqs:SendMessage', resource: queue };
  const onQueue = (more: object = {}) => ({
    ...{ Effect: 'Allow', Principal: { AWS: role.name }, Action: 'sqs:SendMessage', Resource: queue, ...more },
  });
  const ofRole = (...statements: object[]) => compilePolicy('f', statements);
  const ofQueue = (...statements: object[]) => compilePolicy(queue, statements, 'resource');
  const mine = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue };

  const names = fc.constantFrom('SendMessage', 'ReceiveMessage', '*', 'Receive*', 'S?ndMessage');
  const resource = fc.constantFrom(queue, `${queue}-dead`, '*', 'arn:aws:sqs:*');
  const statement = (effect: 'Allow' | 'Deny') =>
    fc.tuple(names, resource, fc.boolean(), fc.boolean()).map(([name, target, notAction, notResource]) => ({
      Effect: effect,
      [notAction ? 'NotAction' : 'Action']: `sqs:${name}`,
      [notResource ? 'NotResource' : 'Resource']: target,
    }));
  const request = fc.record({
    action: fc.constantFrom('sqs:SendMessage', 'sqs:ReceiveMessage', 'SQS:SendMessage', 'sns:Publish'),
    resource: fc.constantFrom(queue, `${queue}-dead`, 'arn:aws:sns:us-east-1:000000000000:news', '+12025550100'),
  });
  const attached = (statements: readonly object[], isOnResource: boolean): Policy =>
    isOnResource ? ofQueue(...statements.map((each) => ({ ...each, Principal: '*' }))) : ofRole(...statements);

  test('a Deny that applies wins over any Allow, wherever the two are', () => {
    const lists = fc.array(fc.tuple(fc.oneof(statement('Allow'), statement('Deny')), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(lists, request, (all, asked) => {
        const policies = [true, false].map((side) =>
          attached(
            all.filter(([, isOnResource]) => isOnResource === side).map(([each]) => each),
            side,
          ),
        );
        const applies = (effect: string) =>
          all.some(
            ([each]) =>
              each.Effect === effect && decide([ofRole({ ...each, Effect: 'Allow' })], asked, role) === 'allowed',
          );
        const expected = applies('Deny') ? 'denied' : applies('Allow') ? 'allowed' : 'not-allowed';
        expect(decide(policies, asked, role)).toBe(expected);
      }),
    );
  });

  test('without a statement that applies nothing is allowed', () => {
    fc.assert(
      fc.property(fc.array(statement('Deny'), { maxLength: 4 }), request, (denies, asked) => {
        expect(decide([ofRole(...denies), ofQueue()], asked, role)).not.toBe('allowed');
      }),
    );
    expect(decide([], send, role)).toBe('not-allowed');
  });

  test('what is excluded is all that NotAction and NotResource do not name', () => {
    const texting = ofRole({ Effect: 'Allow', Action: 'sns:Publish', NotResource: 'arn:aws:sns:*:*:*' });
    const publish = (target: string) => decide([texting], { action: 'sns:Publish', resource: target }, role);
    expect([publish('+12025550100'), publish('arn:aws:sns:us-east-1:000000000000:news')]).toEqual([
      'allowed',
      'not-allowed',
    ]);
    const reading = ofRole({ Effect: 'Deny', NotAction: 'sqs:ReceiveMessage', Resource: '*' }, mine);
    expect(decide([reading], send, role)).toBe('denied');
  });

  test('within an account the policy of either side is enough', () => {
    const decisions = [
      decide([ofRole(mine), ofQueue()], send, role),
      decide([ofRole(), ofQueue(onQueue())], send, role),
      decide([ofRole(), ofQueue()], send, role),
    ];
    expect(decisions).toEqual(['allowed', 'allowed', 'not-allowed']);
  });

  test('a principal is a role by its ARN, a service by its name, or anyone', () => {
    const service: Caller = { kind: 'Service', name: 's3.amazonaws.com' };
    const other: Caller = { kind: 'AWS', name: 'arn:aws:iam::000000000000:role/g' };
    const allowed = (Principal: unknown) =>
      [role, other, service].map((caller) => decide([ofQueue(onQueue({ Principal }))], send, caller) === 'allowed');
    expect(allowed({ AWS: role.name })).toEqual([true, false, false]);
    expect(allowed({ Service: 's3.amazonaws.com' })).toEqual([false, false, true]);
    expect(allowed({ Service: role.name })).toEqual([false, false, false]);
    expect(allowed('*')).toEqual([true, true, true]);
    expect(allowed({ AWS: '*', Service: 'sns.amazonaws.com' })).toEqual([true, true, true]);
  });

  test.for([
    [onQueue({ Principal: { Federated: 'x' } }), 'Federated'],
    [onQueue({ Principal: { AWS: 'arn:aws:iam::000000000000:root' } }), ':root'],
    [onQueue({ Principal: undefined }), 'a statement without Principal'],
  ] as const)('an unknown form of a resource policy is rejected with its name: %j', ([each, named]) => {
    expect(() => ofQueue(each)).toThrow(named);
    expect(() => ofQueue(each)).toThrow(queue);
  });

  test('calls without TLS are denied, by a condition about its key only', () => {
    const denies = onQueue({
      ...{ Effect: 'Deny', Principal: '*', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    });
    const by = (value: string) => decide([ofRole(mine), ofQueue(denies)], send, secured(value));
    const secured = (value: string): Caller => ({ ...role, context: { 'aws:SecureTransport': [value] } });
    expect([by('true'), by('false')]).toEqual(['allowed', 'denied']);
    expect(decide([ofRole(mine), ofQueue(denies)], send, { kind: 'AWS', name: role.name })).toBe('allowed');
  });

  test('a service sends for the source that the condition names, and wildcards stay within a part of its ARN', () => {
    const sends = (wanted: string, source: string | undefined) =>
      decide(
        [
          ofQueue(
            onQueue({
              Principal: { Service: 'sns.amazonaws.com' },
              Condition: {
                ArnLike: { 'aws:SourceArn': wanted },
                StringEquals: { 'aws:SourceAccount': '000000000000' },
              },
            }),
          ),
        ],
        send,
        {
          kind: 'Service',
          name: 'sns.amazonaws.com',
          context: { 'aws:SourceAccount': ['000000000000'], ...(source && { 'aws:SourceArn': [source] }) },
        },
      ) === 'allowed';
    const topic = 'arn:aws:sns:us-east-1:000000000000:news';
    expect(sends(topic, topic)).toBe(true);
    expect(sends('arn:aws:sns:*:000000000000:n?ws', topic)).toBe(true);
    expect(sends('arn:aws:sns:*:news', topic)).toBe(false);
    expect(sends('arn:aws:sns:us-east-1:000000000000:*', `${topic}:of:another`)).toBe(true);
    expect(sends('arn:aws:sns:us-east-1:111111111111:news', topic)).toBe(false);
    expect(sends(topic, undefined)).toBe(false);
  });
});
