import { afterAll, describe, expect, test } from 'vitest';
import { rolePolicies } from '#infra/local/aws/roles.ts';
import { resolveTemplates } from '#infra/local/templates/template.ts';
import { byStack, ofType, propertiesOf, synthesizer, type Properties } from './templates.fixture.ts';

/** A function in a network reaches what that network has a way to; on one machine it could reach anything. */

const { synthesize, remove } = synthesizer();
afterAll(remove);

const templates = synthesize();
const [network] = [...templates.values()].filter((template) => ofType(template, 'AWS::EC2::VPC').length > 0);
if (network === undefined) throw new Error('No stack has a network');

/** `dynamodb` of `com.amazonaws.us-east-1.dynamodb`, however the name is composed. */
const endpointServices = propertiesOf(templates, 'AWS::EC2::VPCEndpoint').map(
  ({ ServiceName: name }) => /\.([a-z0-9-]+)"?\]?\]?\}?$/.exec(JSON.stringify(name))?.[1] ?? JSON.stringify(name),
);

const { resources } = resolveTemplates(byStack(templates));
const statementsOf = rolePolicies(resources);
const inside = resources.filter(
  ({ type, properties }) => type === 'AWS::Lambda::Function' && properties['VpcConfig'] !== undefined,
);

/** Lambda does these itself, from outside the network: it polls queues, attaches interfaces and writes logs. */
const ofLambda =
  /^(logs:|ec2:|sqs:(ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueAttributes)$|dynamodb:\w*Stream)/;

const actionsIn = (statement: unknown): readonly string[] =>
  [(statement as { readonly Action: string | readonly string[] }).Action].flat();

describe('the network of the sidecar', () => {
  test('has endpoints of all services that its functions call', () => {
    expect(inside.length).toBeGreaterThan(2);
    expect(endpointServices).toContain('dynamodb');
    for (const { name } of inside) {
      const called = statementsOf(name)
        .flatMap(actionsIn)
        .filter((action) => !ofLambda.test(action));
      expect(called.length).toBeGreaterThan(0);
      const services = new Set(called.map((action) => action.split(':')[0]));
      expect(
        [...services].filter((service) => !endpointServices.includes(service ?? '')),
        name,
      ).toEqual([]);
    }
  });

  test('gives the subnets of functions no route out of it', () => {
    const isOfFunctions = ({ Tags: tags }: Properties): boolean => JSON.stringify(tags).includes('functions');
    const subnets = ofType(network, 'AWS::EC2::Subnet').filter(([, { Properties = {} }]) => isOfFunctions(Properties));
    expect(subnets.length).toBeGreaterThan(0);
    const tables = ofType(network, 'AWS::EC2::SubnetRouteTableAssociation')
      .filter(([, { Properties }]) => subnets.some(([id]) => JSON.stringify(Properties?.['SubnetId']).includes(id)))
      .map(([, { Properties }]) => JSON.stringify(Properties?.['RouteTableId']));
    expect(tables).toHaveLength(subnets.length);
    const routes = propertiesOf(templates, 'AWS::EC2::Route');
    expect(routes.length).toBeGreaterThan(0);
    expect(routes.filter(({ RouteTableId: table }) => tables.includes(JSON.stringify(table)))).toEqual([]);
  });
});
