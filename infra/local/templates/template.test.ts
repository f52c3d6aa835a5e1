import { expect, test } from 'vitest';
import { resolveTemplates } from './template.ts';
import type { Template } from './template.ts';

const queue = (properties: Record<string, unknown> = {}) => ({ Type: 'AWS::SQS::Queue', Properties: properties });
const resolve = (template: Template) => resolveTemplates(new Map([['Stack', template]]));
const output = (value: unknown, template: Template = {}) =>
  resolve({ ...template, Outputs: { Value: { Value: value } } }).outputs['Stack']?.['Value'];

test('a resource has the physical name of its template, else one from stack and logical id', () => {
  const { resources } = resolve({
    Resources: { Fixed: queue({ QueueName: { 'Fn::Sub': `jobs-\${AWS::Region}` } }), Free: queue() },
  });
  expect(resources.map(({ name, arn }) => [name, arn])).toEqual([
    ['jobs-us-east-1', 'arn:aws:sqs:us-east-1:000000000000:jobs-us-east-1'],
    ['Stack-Free', 'arn:aws:sqs:us-east-1:000000000000:Stack-Free'],
  ]);
});

test('references and attributes have the values that CloudFormation defines for the type', () => {
  const template: Template = {
    Resources: {
      Queue: queue({ QueueName: 'jobs' }),
      Function: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'work' } },
      Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Function' }, Name: 'live' } },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'keys' } },
    },
  };
  expect(output({ Ref: 'Queue' }, template)).toBe('https://sqs.us-east-1.amazonaws.com/000000000000/jobs');
  expect(output({ 'Fn::GetAtt': ['Queue', 'Arn'] }, template)).toBe('arn:aws:sqs:us-east-1:000000000000:jobs');
  expect(output({ 'Fn::GetAtt': 'Function.Arn' }, template)).toBe(
    'arn:aws:lambda:us-east-1:000000000000:function:work',
  );
  expect(output({ Ref: 'Alias' }, template)).toBe('arn:aws:lambda:us-east-1:000000000000:function:work:live');
  expect(output({ Ref: 'Secret' }, template)).toMatch(/:secret:keys-.{6}$/);
});

test('strings are joined from references and literals', () => {
  const template: Template = {
    Resources: { Queue: queue({ QueueName: 'jobs' }) },
    Parameters: { Stage: { Type: 'String', Default: 'local' } },
  };
  expect(output({ 'Fn::Sub': `\${Queue.QueueName} \${Stage} \${AWS::AccountId}` }, template)).toBe(
    'jobs local 000000000000',
  );
});

test('a parameter of Systems Manager has the value that its stack gives it', () => {
  const declaring: Template = {
    Resources: {
      Queue: queue({ QueueName: 'jobs' }),
      Url: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/jobs/url', Value: { Ref: 'Queue' } } },
    },
  };
  const reading = (Default: string): Template => ({
    Parameters: { Url: { Type: 'AWS::SSM::Parameter::Value<String>', Default } },
    Outputs: { Value: { Value: { Ref: 'Url' } } },
  });
  const read = (name: string) =>
    resolveTemplates(
      new Map([
        ['Reading', reading(name)],
        ['Declaring', declaring],
      ]),
    ).outputs['Reading']?.['Value'];
  expect(read('/jobs/url')).toBe('https://sqs.us-east-1.amazonaws.com/000000000000/jobs');
  expect(() => read('/jobs/other')).toThrow('No stack declares the parameter /jobs/other.');
});

test('an output of another stack has the value that its stack gives it', () => {
  const declaring: Template = {
    Resources: { Queue: queue({ QueueName: 'jobs' }) },
    Outputs: { Url: { Value: { Ref: 'Queue' } } },
  };
  const read = (StackName: string, OutputName: string) =>
    resolveTemplates(
      new Map([
        ['Reading', { Outputs: { Value: { Value: { 'Fn::GetStackOutput': { StackName, OutputName } } } } }],
        ['Declaring', declaring],
      ]),
    ).outputs['Reading']?.['Value'];
  expect(read('Declaring', 'Url')).toBe('https://sqs.us-east-1.amazonaws.com/000000000000/jobs');
  expect(() => read('Declaring', 'Arn')).toThrow('No stack Declaring has the output Arn.');
  expect(() => read('Missing', 'Url')).toThrow('No stack Missing has the output Url.');
});

test('an import from another stack is rejected, as stacks refer to each other by fixed names', () => {
  expect(() => output({ 'Fn::ImportValue': 'jobs-arn' })).toThrow(
    'uses Fn::ImportValue, which the local cloud does not resolve',
  );
});

test('types without local effect are skipped, and may be referred to', () => {
  const template: Template = {
    Resources: { Board: { Type: 'AWS::CloudWatch::Dashboard' }, Group: { Type: 'AWS::Logs::LogGroup' } },
  };
  expect(resolve(template).resources).toEqual([]);
  expect(output({ 'Fn::GetAtt': ['Group', 'Arn'] }, template)).toContain('Stack-Group');
});

test.each<[string, Template]>([
  ['AWS::Neptune::DBCluster', { Resources: { Graph: { Type: 'AWS::Neptune::DBCluster' } } }],
  ['Conditions', { Conditions: { Here: { 'Fn::Equals': ['a', 'a'] } } }],
  ['AWS::NoValue', { Outputs: { Value: { Value: { Ref: 'AWS::NoValue' } } } }],
  ['Fn::Cidr', { Outputs: { Value: { Value: { 'Fn::Cidr': [] } } } }],
  ['Missing', { Outputs: { Value: { Value: { Ref: 'Missing' } } } }],
  ['Colour', { Resources: { Queue: queue() }, Outputs: { Value: { Value: { 'Fn::GetAtt': ['Queue', 'Colour'] } } } }],
  ['no default', { Parameters: { Stage: { Type: 'String' } }, Outputs: { Value: { Value: { Ref: 'Stage' } } } }],
])('an unknown construct is named: %s', (name, template) => {
  expect(() => resolve(template)).toThrow(name);
});
