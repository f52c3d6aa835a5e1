import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { creationContext } from './object-call.ts';
import { compilePolicy } from './policy.ts';
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
const get = { action: 'dynamodb:GetItem', resource: table };

describe('statements', () => {
  test('nothing is allowed without a statement', () => {
    expect(compilePolicy('f', []).allows(get)).toBe(false);
  });

  test('a statement allows its actions on its resources only', () => {
    const policy = compilePolicy('f', [allow({ Action: ['dynamodb:GetItem', 'dynamodb:Query'] })]);
    expect(policy.allows(get)).toBe(true);
    expect(policy.allows({ ...get, action: 'dynamodb:PutItem' })).toBe(false);
    expect(policy.allows({ ...get, resource: `${table}/index/GSI1` })).toBe(false);
    expect(policy.allows({ ...get, resource: table.toUpperCase() })).toBe(false);
  });

  test('a secret is granted by its name and a wildcard for the six random characters', () => {
    const policy = compilePolicy('f', [
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: 'arn:aws:secretsmanager:r:a:secret:keys-??????',
      },
    ]);
    const read = (resource: string) => policy.allows({ action: 'secretsmanager:GetSecretValue', resource });
    expect(read('arn:aws:secretsmanager:r:a:secret:keys-local0')).toBe(true);
    expect(read('arn:aws:secretsmanager:r:a:secret:keys-old-local0')).toBe(false);
  });

  test.for([
    [allow({ Effect: 'Deny' }), 'Effect "Deny"'],
    [allow({ NotAction: 'dynamodb:Scan' }), 'NotAction'],
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
          expect(policy.allows({ ...get, context: { 'dynamodb:LeadingKeys': leadingKeys } })).toBe(
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
        expect(policy.allows({ ...get, context: { 'dynamodb:LeadingKeys': [`${one}#${tail}`] } })).toBe(true);
        expect(policy.allows({ ...get, context: { 'dynamodb:LeadingKeys': [`${other}#${otherTail}`] } })).toBe(true);
        expect(
          policy.allows({ ...get, context: { 'dynamodb:LeadingKeys': [`${one}#${tail}`, `${other}#${otherTail}`] } }),
        ).toBe(false);
      }),
    );
  });

  test('a call without leading keys is denied by the Null clause, and allowed where that clause was forgotten', () => {
    const { Null, ...forgotten } = leading('trunk#*');
    expect(compilePolicy('f', [allow({ Condition: { ...forgotten, Null } })]).allows(get)).toBe(false);
    expect(compilePolicy('f', [allow({ Condition: forgotten })]).allows(get)).toBe(true);
  });

  test('special characters of regular expressions match themselves', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), (pattern, value) => {
        fc.pre(!/[*?]/.test(pattern) && !pattern.includes('$'));
        const policy = compilePolicy('f', [allow({ Condition: leading(pattern) })]);
        expect(policy.allows({ ...get, context: { 'dynamodb:LeadingKeys': [value] } })).toBe(pattern === value);
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
      policy.allows({
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
