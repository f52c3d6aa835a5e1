import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { SNSClient, PublishCommand } from '@aws-sdk/client-sns';
import { optionsFor, startOnSharedStore, temporaryFolder } from '#infra/local/aws/endpoint-fixture.ts';
import { assertDeliveries, readResourcePolicies } from '#infra/local/aws/resource-policies.ts';
import { rolePolicies } from '#infra/local/aws/roles.ts';
import { resolveTemplates } from '#infra/local/templates/template.ts';
import { snsProvider } from '#sms/sns.ts';
import { byStack, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

/** The resources of a stage, as the local cloud reads them. */
const resourcesOf = (context: Record<string, string>) => resolveTemplates(byStack(synthesize(context))).resources;

type Statement = { readonly Effect: string; readonly Principal: { readonly Service?: string } };
type Statements = { PolicyDocument: { Statement: readonly Statement[] } };

/** A service that delivers nothing here: no alarm is raised on one machine. */
const alarms = 'cloudwatch.amazonaws.com';

const isNeeded = ({ Effect: effect, Principal: { Service: service } }: Statement): boolean =>
  effect === 'Allow' && service !== alarms;

test.for([{}, { sms: 'eum', mediaRelay: 'true' }, { sms: 'sns', smsDeliveryLog: 'true' }, { ephemeral: 'true' }])(
  'queues and topics let the services deliver that the templates of %j make deliver, and each grant is needed',
  (context) => {
    const resources = resourcesOf(context);
    const check = (all: typeof resources): void => assertDeliveries(all, readResourcePolicies(all));
    check(resources);
    const policies = resources.filter(
      ({ type }) => type === 'AWS::SQS::QueuePolicy' || type === 'AWS::SNS::TopicPolicy',
    );
    const granting = policies.flatMap((policy) => {
      const { PolicyDocument: document } = policy.properties as Statements;
      const services = new Set(
        document.Statement.filter(isNeeded).map(({ Principal: { Service: service } }) => service),
      );
      return [...services].map((service) => ({ policy, document, service }));
    });
    expect(granting.length).toBeGreaterThan(1);
    for (const { policy, document, service } of granting) {
      const left = document.Statement.filter(({ Principal: principal }) => principal.Service !== service);
      const properties = { ...policy.properties, PolicyDocument: { ...document, Statement: left } };
      const without = resources.map((each) => (each === policy ? { ...policy, properties } : each));
      expect(() => check(without), `${policy.logicalId} without ${service}`).toThrow(`does not let ${service}`);
    }
  },
);

describe('a stage with sms=sns', () => {
  test('sends SMS to phone numbers, and nothing to topics', async () => {
    const resources = resourcesOf({ sms: 'sns' });
    const dataDir = temporaryFolder();
    const sending = ['AWS::Lambda::Function', 'AWS::SNS::Topic', 'AWS::SNS::TopicPolicy'];
    const endpoint = await startOnSharedStore(
      optionsFor(dataDir, {
        resources: resources.filter(({ type }) => sending.includes(type)),
        policiesOf: rolePolicies(resources),
      }),
    );
    onTestFinished(async () => {
      await endpoint.close();
      rmSync(dataDir, { recursive: true });
    });
    const credentials = endpoint.credentialsFor('trunkline-test-sms-delivery');
    const client = new SNSClient({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    const { send } = snsProvider(client);
    const text = { text: 'Ready', encoding: 'gsm7', segments: 1, category: 'transactional' } as const;
    const sms = { organization: 1001, id: 'msg_1', from: 'Acme', ...text };
    const { provider_message_id: id } = await send({ ...sms, to: '+12025550100' });
    const folder = join(dataDir, 'outbox', 'sms');
    expect(readdirSync(folder)).toEqual([`${id}.json`]);
    expect(JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8'))).toMatchObject({
      ...{ from: 'Acme', to: '+12025550100', message: 'Ready', type: 'TRANSACTIONAL' },
    });
    await expect(send({ ...sms, to: '+12025550001' })).rejects.toMatchObject({ code: 'BLOCKED' });
    const [topic] = resources.filter(({ type }) => type === 'AWS::SNS::Topic');
    await expect(client.send(new PublishCommand({ TopicArn: topic?.arn ?? '', Message: 'x' }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    });
  });
});
