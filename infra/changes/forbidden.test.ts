import { describe, expect, test } from 'vitest';
import type { ChangedTemplate, TemplatesByStack } from './changes.ts';
import { describeForbidden, forbiddenChanges } from './forbidden.ts';

type Resources = NonNullable<ChangedTemplate['Resources']>;

const stackOf = (Resources: Resources, more: Omit<ChangedTemplate, 'Resources'> = {}): TemplatesByStack =>
  new Map([['Trunkline-test-sip', { Resources, ...more }]]);
const changed = (before: Resources, after: Resources) =>
  forbiddenChanges(stackOf(before), stackOf(after)).map(({ resource, change, properties, confirmable }) => ({
    ...{ resource, change, properties, confirmable },
  }));

const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
const subnetIn = (zone: unknown, tag = 'functions') => ({
  Type: 'AWS::EC2::Subnet',
  Properties: {
    VpcId: { Ref: 'Vpc' },
    AvailabilityZone: zone,
    Tags: [{ Key: 'aws-cdk:subnet-name', Value: tag }],
  },
});

describe('a replacement', () => {
  test('is a change of a property that replaces the resource, and of no other', () => {
    const before = { Subnet: subnetIn('us-east-1a') };
    expect(changed(before, { Subnet: subnetIn('us-east-1b') })).toEqual([
      { resource: 'Subnet', change: 'replaced', properties: ['AvailabilityZone'], confirmable: false },
    ]);
    expect(changed(before, { Subnet: subnetIn('us-east-1a', 'renamed') })).toEqual([]);
  });

  test('replaces what names the replaced resource in such a property', () => {
    const other = { ...vpc, Properties: { CidrBlock: '10.1.0.0/16' } };
    const rest = { Subnet: subnetIn('us-east-1a'), Address: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } } };
    expect(changed({ Vpc: vpc, ...rest }, { Vpc: other, ...rest })).toMatchObject([
      { resource: 'Vpc', properties: ['CidrBlock'] },
      { resource: 'Subnet', properties: ['VpcId'] },
    ]);
  });

  test('is every change of a type that is not known, and every change of a type', () => {
    const graph = (size: number) => ({ Graph: { Type: 'AWS::Unheard::Of', Properties: { size } } });
    expect(changed(graph(1), graph(2))).toMatchObject([{ change: 'replaced', confirmable: false }]);
    expect(changed({ Address: vpc }, { Address: { Type: 'AWS::EC2::EIP' } })).toMatchObject([{ properties: ['Type'] }]);
  });

  test('is not another order of fields, or another id of a parameter of the same name', () => {
    const zone = { Type: 'AWS::SSM::Parameter', Properties: { Name: 'zone' } };
    const of = (id: string) =>
      stackOf(
        { Subnet: subnetIn({ Ref: id }), Zone: zone },
        { Parameters: { [id]: { Type: 'String', Default: '/zone' } } },
      );
    expect(forbiddenChanges(of('One'), of('Two'))).toEqual([]);
    const { Properties } = subnetIn('us-east-1a');
    const reversed = Object.fromEntries(Object.entries(Properties).toReversed());
    expect(
      changed(
        { Subnet: subnetIn('us-east-1a') },
        { Subnet: { ...vpc, Type: 'AWS::EC2::Subnet', Properties: reversed } },
      ),
    ).toEqual([]);
  });
});

describe('a removal', () => {
  test('of a service may be confirmed; of a table only if it stays in the account', () => {
    const table = { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'trunkline-test-table' } };
    const before = {
      Service: { Type: 'AWS::ECS::Service', Properties: { ServiceName: 'trunkline-test-media-relay' } },
      Table: table,
      Kept: { ...table, DeletionPolicy: 'RetainExceptOnCreate' },
    };
    expect(changed(before, {}).map(({ resource, confirmable }) => [resource, confirmable])).toEqual([
      ['Service', true],
      ['Table', false],
      ['Kept', true],
    ]);
  });

  test('of subnets that only tasks use may be confirmed', () => {
    expect(changed({ One: subnetIn('a', 'tasks'), Two: subnetIn('a') }, {})).toMatchObject([
      { resource: 'One', confirmable: true },
      { resource: 'Two', confirmable: false },
    ]);
  });

  test('of what has neither state nor an address is none', () => {
    expect(changed({ Alarm: { Type: 'AWS::CloudWatch::Alarm' } }, {})).toEqual([]);
  });
});

test('a stack that the app no longer has is named, as no deployment deletes it', () => {
  expect(forbiddenChanges(stackOf({ Vpc: vpc }), new Map())).toMatchObject([
    { stack: 'Trunkline-test-sip', change: 'left', confirmable: true },
  ]);
});

test('a new stage has no forbidden changes', () => {
  expect(forbiddenChanges(new Map(), stackOf({ Vpc: vpc }))).toEqual([]);
});

test('a line names stack, type, physical name, cause, loss and way', () => {
  const record = (name: string) => ({ Record: { Type: 'AWS::Route53::RecordSet', Properties: { Name: name } } });
  const [found] = forbiddenChanges(stackOf(record('sip.example.com')), stackOf(record('voice.example.com')));
  expect(found && describeForbidden(found)).toMatch(
    /^Trunkline-test-sip: AWS::Route53::RecordSet sip\.example\.com would be replaced \(Name\): clients.+keep/,
  );
});
