import { afterAll, expect, test } from 'vitest';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const filtersOf = (context: Record<string, string>) =>
  propertiesOf(synthesize(context), 'AWS::Logs::SubscriptionFilter').map(({ LogGroupName }) =>
    JSON.stringify(LogGroupName),
  );

test('SNS with delivery logging has its reports from the two log groups, and none of End User Messaging', () => {
  const templates = synthesize({ sms: 'sns', smsDeliveryLog: 'true' });
  const filters = propertiesOf(templates, 'AWS::Logs::SubscriptionFilter');
  expect(filters.map(({ LogGroupName }) => JSON.stringify(LogGroupName)).toSorted()).toEqual([
    expect.stringMatching(/sns.*DirectPublishToPhoneNumber"/),
    expect.stringMatching(/sns.*DirectPublishToPhoneNumber\/Failure"/),
  ]);
  const invokers = propertiesOf(templates, 'AWS::Lambda::Permission').map(({ Principal }) => Principal);
  expect(invokers.filter((principal) => principal === 'logs.amazonaws.com')).toHaveLength(2);
  expect(propertiesOf(templates, 'AWS::SMSVOICE::ConfigurationSet')).toEqual([]);
  const providers = propertiesOf(templates, 'AWS::Lambda::Function').flatMap(({ Environment }) => {
    const { SMS_PROVIDER: provider } = (Environment as { Variables: { SMS_PROVIDER?: string } }).Variables;
    return provider ?? [];
  });
  expect(providers).toEqual(['sns']);
});

test('other deployments read no delivery logs', () => {
  expect([filtersOf({ sms: 'sns' }), filtersOf({ sms: 'eum' }), filtersOf({})]).toEqual([[], [], []]);
  expect(() => synthesize({ sms: 'eum', smsDeliveryLog: 'true' })).toThrow('smsDeliveryLog');
});
