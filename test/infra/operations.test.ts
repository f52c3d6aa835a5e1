import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { countFiled } from '#functions/billing/cdr-ingest/unrated-calls.ts';
import { sipSidecar } from '#functions/sip-sidecar/contract.ts';
import { queuesOf } from '#contract/resource.ts';
import { namesFor } from '#infra/names.ts';
import { runbook } from '#infra/constructs/watch.ts';
import { cdrsFiledMessage, invalidResponseMessage, timersPassedOver } from '#contract/log-messages.ts';
import { metricsVariable } from '#contract/sidecar-metrics.ts';
import { maximumReceives } from '#contract/queues.ts';
import { logger } from '#runtime/log.ts';
import { propertiesOf, synthesizer, type Properties, type Template, type Templates } from './templates.fixture.ts';

const names = namesFor('test');
const { synthesize, remove } = synthesizer();
afterAll(remove);

const templates = (context: Readonly<Record<string, string>> = {}): Templates => synthesize({ sms: 'eum', ...context });

const all = templates({
  alarmEmail: 'duty@example.com',
  mediaRelay: 'true',
  domain: 'api.example.com',
});
const operations = all.get('operations')!;
const ofType = (template: Template, type: string): Properties[] =>
  Object.values(template.Resources)
    .filter((resource) => resource.Type === type)
    .map(({ Properties = {} }) => Properties);
const objectives = all.get('objectives')!;
const alarms = new Map(
  [operations, objectives]
    .flatMap((template) => ofType(template, 'AWS::CloudWatch::Alarm'))
    .map((alarm) => [String(alarm['AlarmName']), alarm]),
);
const alarm = (name: string): Properties | undefined => alarms.get(names.function(name));
const filters = [...all.values()].flatMap((template) => ofType(template, 'AWS::Logs::MetricFilter'));
const named = (kind: string): string[] =>
  contracts.filter((contract) => contract.kind === kind).map(({ name }) => name);
const dimension = (name: string, value: string) => ({ Name: name, Value: value });

describe('alarms', () => {
  test.each(contracts.map(({ name }) => name))('%s: on crashes', (name) => {
    expect(alarm(`${name}-errors`)).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Dimensions: [dimension('FunctionName', names.function(name))],
    });
  });

  test.each(named('resource'))('%s: on latency, at any number of clients, and on invalid responses', (name) => {
    expect(alarm(`${name}-latency`)).toMatchObject({
      MetricName: 'Duration',
      ExtendedStatistic: 'p99',
      EvaluateLowSampleCountPercentile: 'ignore',
    });
    const filter = filters.find((each) => each['LogGroupName'] === names.logs(name));
    expect(filter).toMatchObject({
      FilterPattern: `{ $.message = "${invalidResponseMessage}" }`,
      MetricTransformations: [{ MetricName: 'InvalidResponses', MetricValue: '1' }],
    });
  });

  test('a function with provisioned concurrency: on spillover of its alias', () => {
    const warm = contracts.filter((contract) => contract.kind === 'resource' && contract.provisioned === true);
    expect(warm.length).toBeGreaterThan(0);
    for (const { name } of warm) {
      expect(alarm(`${name}-spill-over`)).toMatchObject({
        MetricName: 'ProvisionedConcurrencySpilloverInvocations',
        Threshold: 1,
        Dimensions: [
          dimension('FunctionName', names.function(name)),
          dimension('Resource', `${names.function(name)}:live`),
        ],
      });
    }
  });

  test.each(queuesOf(contracts))(
    '%s: on the age of messages, on dead letters, and on dead letters near expiry',
    (queue) => {
      expect(alarm(`${queue}-age`)).toMatchObject({
        MetricName: 'ApproximateAgeOfOldestMessage',
        Dimensions: [dimension('QueueName', names.queue(queue))],
      });
      expect(alarm(`${queue}-dead-letters`)).toMatchObject({
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Threshold: 1,
        Dimensions: [dimension('QueueName', names.deadLetters(queue))],
      });
      expect(alarm(`${queue}-dead-letters-age`)).toMatchObject({
        MetricName: 'ApproximateAgeOfOldestMessage',
        Threshold: 11 * 24 * 3600,
        Dimensions: [dimension('QueueName', names.deadLetters(queue))],
      });
    },
  );

  test.each(queuesOf(contracts))('%s: not on the age of a message that is retried to the end', (queue) => {
    const visibility = ofType(all.get('data')!, 'AWS::SQS::Queue').find(
      (each) => each['QueueName'] === names.queue(queue),
    )?.['VisibilityTimeout'];
    expect(alarm(`${queue}-age`)?.['Threshold']).toBeGreaterThan(Number(visibility) * maximumReceives);
  });

  test('on a lagging change feed and a silent schedule', () => {
    for (const name of named('feed')) expect(alarm(`${name}-lag`)).toMatchObject({ MetricName: 'IteratorAge' });
    for (const name of named('scheduled'))
      expect(alarm(`${name}-silence`)).toMatchObject({
        MetricName: 'Invocations',
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      });
  });

  test('on missing tasks, faults and lateness of the sidecar, from its metrics', () => {
    const { name } = sipSidecar;
    const environment = JSON.stringify(ofType(all.get('sip')!, 'AWS::ECS::TaskDefinition'));
    expect(environment).toContain(JSON.stringify({ Name: metricsVariable, Value: names.function(name) }));
    expect(alarm(`${name}-tasks`)).toMatchObject({
      Namespace: names.function(name),
      MetricName: 'Tasks',
      Statistic: 'Sum',
      Threshold: 9,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect([alarm(`${name}-faults`), alarm(`${name}-delay`)]).toMatchObject([
      { MetricName: 'Faults', Threshold: 3 },
      { MetricName: 'Delay', Statistic: 'Maximum', Threshold: 250 },
    ]);
  });

  test('on the share of CDRs without a price, of an hour and from 100 CDRs on', () => {
    expect(alarm('unrated-cdrs')).toMatchObject({
      Threshold: 5,
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Expression: 'IF(rated + unrated >= 100, 100 * unrated / (rated + unrated), 0)' },
        { Id: 'rated', MetricStat: { Metric: { MetricName: 'CdrsRated' }, Period: 3_600, Stat: 'Sum' } },
        { Id: 'unrated', MetricStat: { Metric: { MetricName: 'CdrsUnrated' }, Period: 3_600, Stat: 'Sum' } },
      ],
    });
    const counted = filters.filter((each) => each['LogGroupName'] === names.logs('cdr-ingest'));
    expect(counted).toMatchObject([
      { MetricTransformations: [{ MetricName: 'CdrsRated', MetricValue: '$.rated' }] },
      { MetricTransformations: [{ MetricName: 'CdrsUnrated', MetricValue: '$.unrated' }] },
      { MetricTransformations: [{ MetricName: 'SetUps', MetricValue: '$.set_ups' }] },
      { MetricTransformations: [{ MetricName: 'SetUpFailures', MetricValue: '$.set_up_failures' }] },
    ]);
    for (const each of counted) expect(each).toMatchObject({ FilterPattern: `{ $.message = "${cdrsFiledMessage}" }` });
  });

  test('on timers that the sweeper has passed over, by its log', () => {
    expect(alarm('late-timers')).toMatchObject({
      MetricName: 'TimersPassedOver',
      Statistic: 'Sum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(filters.filter((each) => each['LogGroupName'] === names.logs('sweeper'))).toMatchObject([
      {
        FilterPattern: `{ $.message = "${timersPassedOver}" }`,
        MetricTransformations: [{ MetricName: 'TimersPassedOver', MetricValue: '$.pointers' }],
      },
    ]);
  });

  test('on throttled requests of the table and of each index', () => {
    const throttled = alarm('table-throttles');
    expect(throttled).toMatchObject({ Threshold: 10, TreatMissingData: 'notBreaching' });
    const watched = (throttled?.['Metrics'] as { MetricStat?: { Metric: object } }[]).flatMap(
      ({ MetricStat }) => MetricStat?.Metric ?? [],
    );
    expect(watched).toHaveLength(6);
    expect(watched).toContainEqual({
      Namespace: 'AWS/DynamoDB',
      MetricName: 'WriteThrottleEvents',
      Dimensions: [dimension('GlobalSecondaryIndexName', 'GSI2'), dimension('TableName', names.table)],
    });
  });

  test('on throttles of the account and 5xx answers to clients', () => {
    expect(alarm('throttles')).toMatchObject({ MetricName: 'Throttles', Threshold: 1 });
    expect(alarm('throttles')).not.toHaveProperty('Dimensions');
    expect(alarm('api-errors')).toMatchObject({ MetricName: 'ServerErrors' });
    expect(filters.find((each) => each['LogGroupName'] === names.accessLog)).toMatchObject({
      FilterPattern: '{ $.status = "5*" }',
    });
  });
});

describe('objectives', () => {
  const composites = ofType(objectives, 'AWS::CloudWatch::CompositeAlarm');

  test('have one alarm each, on a long and a short window of two burn rates', () => {
    expect(composites.map(({ AlarmName }) => AlarmName).toSorted()).toEqual(
      ['api-availability', 'api-speed', 'call-set-up', 'cdr-delay'].map((name) => names.function(name)),
    );
    for (const { AlarmRule } of composites)
      expect(JSON.stringify(AlarmRule)).toMatch(/60m.* AND .*5m.* OR .*360m.* AND .*30m/);
  });

  test('are missed by shares of events that are multiples of those that they permit', () => {
    const thresholds = (name: string) =>
      [60, 5, 360, 30].map((minutes) => Number(alarm(`${name}-${minutes}m`)?.['Threshold']));
    expect(thresholds('api-availability').map((each) => each.toFixed(2))).toEqual(['1.44', '1.44', '0.60', '0.60']);
    expect(thresholds('api-speed').map((each) => each.toFixed(1))).toEqual(['14.4', '14.4', '6.0', '6.0']);
    const periods = [60, 5, 360, 30].map((minutes) => alarm(`cdr-delay-${minutes}m`));
    expect(periods.map((each) => [each?.['DatapointsToAlarm'], each?.['EvaluationPeriods'], each?.['Period']])).toEqual(
      [
        [9, 60, 60],
        [1, 5, 60],
        [5, 72, 300],
        [2, 30, 60],
      ],
    );
  });

  test('count calls by the log of filed CDRs', () => {
    const counted = filters.filter((each) => each['LogGroupName'] === names.logs('cdr-ingest'));
    const fields = counted.flatMap(
      ({ MetricTransformations: of }) => of as { MetricName: string; MetricValue: string }[],
    );
    const line = countFiled([]);
    for (const { MetricValue } of fields) expect(Object.keys(line)).toContain(MetricValue.slice(2));
    expect(fields.map(({ MetricName }) => MetricName)).toEqual(expect.arrayContaining(['SetUps', 'SetUpFailures']));
  });
});

describe('what AWS does for a stage', () => {
  test('is watched: balancers with each of their targets, backups, the certificate, e-mail', () => {
    const watched = ['sip-udp', 'sip-tcp', 'sip-tls', 'sip-ws'].map((port) => alarm(`${port}-unhealthy`));
    for (const each of watched)
      expect(each).toMatchObject({ MetricName: 'UnHealthyHostCount', EvaluationPeriods: 3, Threshold: 1 });
    expect([alarm('balancer-main-ports'), alarm('balancer-tcp-ports')]).toMatchObject([
      { MetricName: 'PortAllocationErrorCount' },
      { MetricName: 'PortAllocationErrorCount' },
    ]);
    expect(alarm('balancer-tcp-resets')).toMatchObject({ MetricName: 'TCP_ELB_Reset_Count' });
    expect(alarm('backups')).toMatchObject({
      MetricName: 'NumberOfBackupJobsFailed',
      Dimensions: [dimension('BackupVaultName', names.function('backups'))],
    });
    expect(alarm('certificate')).toMatchObject({
      MetricName: 'DaysToExpiry',
      Threshold: 45,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect([alarm('email-bounces'), alarm('email-complaints')]).toMatchObject([
      { MetricName: 'Reputation.BounceRate', Threshold: 0.05 },
      { MetricName: 'Reputation.ComplaintRate', Threshold: 0.001 },
    ]);
  });

  test('names each parameter that the alarms read', () => {
    const declared = [...all.values()].flatMap((template) =>
      ofType(template, 'AWS::SSM::Parameter').map(({ Name }) => Name),
    );
    const read = Object.values(objectives.Parameters ?? {})
      .filter(({ Type }) => Type.startsWith('AWS::SSM::Parameter::Value'))
      .flatMap(({ Default = '' }) => (Default.startsWith('/cdk-bootstrap/') ? [] : Default));
    expect(read.length).toBeGreaterThan(6);
    expect(declared).toEqual(expect.arrayContaining(read));
  });
});

test('few alarms are at most ten, with everything that can be switched on', () => {
  const few = templates({ alarms: 'few', mediaRelay: 'true', domain: 'api.example.com', release: 'canary' });
  const raised = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    propertiesOf(few, type),
  );
  expect(raised.length).toBeGreaterThan(5);
  expect(raised.length, raised.map(({ AlarmName }) => AlarmName).join()).toBeLessThanOrEqual(10);
});

describe('an alarm', () => {
  test('notifies when it begins and when it ends, and names its section of the runbook', () => {
    const sections = [...readFileSync('infra/RUNBOOK.md', 'utf8').matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(Object.keys(runbook).toSorted());
    const composites = ofType(objectives, 'AWS::CloudWatch::CompositeAlarm');
    // They notify by the alarm that they are parts of.
    const parts = [...alarms.values()].filter((each) => !('AlarmActions' in each));
    expect(parts.map(({ AlarmName }) => String(AlarmName)).every((name) => /-\d+m$/.test(name))).toBe(true);
    for (const each of [...alarms.values(), ...composites].filter((one) => !parts.includes(one))) {
      expect(each['AlarmActions']).toHaveLength(1);
      expect(each['OKActions']).toEqual(each['AlarmActions']);
    }
    const releases = propertiesOf(synthesize({ release: 'canary' }), 'AWS::CloudWatch::Alarm');
    const namedSections = new Set(
      [...alarms.values(), ...composites, ...releases].map(
        ({ AlarmDescription: text }) => /See "(.+)" in infra\/RUNBOOK\.md\.$/.exec(String(text))?.[1],
      ),
    );
    expect([...namedSections].toSorted()).toEqual(sections.toSorted());
  });

  test('is not raised by a period without requests', () => {
    const absent = [...alarms].filter(([, each]) => each['TreatMissingData'] !== 'notBreaching').map(([name]) => name);
    expect(absent).toEqual(
      [...named('scheduled').map((name) => `${name}-silence`), `${sipSidecar.name}-tasks`, 'media-relay-tasks'].map(
        (name) => names.function(name),
      ),
    );
  });

  test('is sent by e-mail to the configured address only', () => {
    expect(ofType(operations, 'AWS::SNS::Subscription')).toMatchObject([
      { Protocol: 'email', Endpoint: 'duty@example.com' },
    ]);
    expect(ofType(templates().get('operations')!, 'AWS::SNS::Subscription')).toEqual([]);
  });

  test('is encrypted in transit', () => {
    expect(ofType(operations, 'AWS::SNS::Topic')).toMatchObject([{ KmsMasterKeyId: expect.anything() }]);
    const policy = JSON.stringify(ofType(operations, 'AWS::SNS::TopicPolicy'));
    expect(policy).toContain('"aws:SecureTransport":"false"');
    expect(policy).toContain('"Service":"cloudwatch.amazonaws.com"');
    expect(ofType(operations, 'AWS::KMS::Key')).toMatchObject([{ EnableKeyRotation: true }]);
  });
});

test('a budget warns by e-mail, and only if there is an address', () => {
  expect(ofType(operations, 'AWS::Budgets::Budget')).toMatchObject([
    {
      Budget: {
        BudgetName: names.function('budget'),
        BudgetLimit: { Amount: expect.any(Number), Unit: 'USD' },
        TimeUnit: 'MONTHLY',
      },
      NotificationsWithSubscribers: [
        { Notification: { NotificationType: 'ACTUAL', Threshold: 80 }, Subscribers: [{ Address: 'duty@example.com' }] },
        { Notification: { NotificationType: 'FORECASTED', Threshold: 100 } },
      ],
    },
  ]);
  expect(ofType(templates().get('operations')!, 'AWS::Budgets::Budget')).toEqual([]);
});

describe('logs', () => {
  const logGroups = new Map(
    [...all.values()]
      .flatMap((template) => ofType(template, 'AWS::Logs::LogGroup'))
      .map((each) => [each['LogGroupName'], each]),
  );

  test('of every function and of the API are retained for a limited time', () => {
    for (const { name } of contracts)
      expect(logGroups.get(names.logs(name)), name).toMatchObject({ RetentionInDays: 30 });
    expect(logGroups.get(names.accessLog)).toMatchObject({ RetentionInDays: 30 });
  });

  test('are stored for the days of the setting, also when the stage is deleted', () => {
    const groupsIn = (context: Readonly<Record<string, string>>) =>
      [...templates(context).values()].flatMap(({ Resources }) =>
        Object.values(Resources).filter(
          ({ Type, Properties }) => Type === 'AWS::Logs::LogGroup' && Properties?.['LogGroupName'],
        ),
      );
    const kept = groupsIn({ logRetentionDays: '365', mediaRelay: 'true' });
    expect(kept.length).toBeGreaterThan(contracts.length);
    for (const { DeletionPolicy, Properties } of kept)
      expect([DeletionPolicy, Properties?.['RetentionInDays']]).toEqual(['RetainExceptOnCreate', 365]);
    for (const { DeletionPolicy } of groupsIn({ ephemeral: 'true' })) expect(DeletionPolicy).toBe('Delete');
  });

  test('are counted by metric filters on their own log groups', () => {
    expect(filters.filter((each) => !logGroups.has(each['LogGroupName']))).toEqual([]);
  });

  test('name an invalid response as the alarm counts it', () => {
    const printed: string[] = [];
    const print = vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    logger().fault(new Error('GET /toys: name invalid_type'), 'req-1', invalidResponseMessage);
    print.mockRestore();
    expect(printed.map((line) => (JSON.parse(line) as Properties)['message'])).toEqual([invalidResponseMessage]);
  });
});

describe('traces', () => {
  const tracedIn = (of: Templates) =>
    propertiesOf(of, 'AWS::Lambda::Function').filter(({ TracingConfig }) => TracingConfig !== undefined);
  const mayTrace = (of: Templates) =>
    propertiesOf(of, 'AWS::IAM::Policy').filter((policy) => JSON.stringify(policy).includes('xray:PutTraceSegments'));

  test('are recorded by all functions where the setting says it, and by none otherwise', () => {
    const traced = templates({ traces: 'xray' });
    expect(tracedIn(traced)).toHaveLength(contracts.length);
    expect(mayTrace(traced)).toHaveLength(contracts.length);
    expect([tracedIn(all), mayTrace(all)]).toEqual([[], []]);
  });
});

describe('the operations stack', () => {
  test('has one dashboard, with every alarm', () => {
    const [board, ...more] = ofType(operations, 'AWS::CloudWatch::Dashboard');
    expect(more).toEqual([]);
    const text = JSON.stringify(board);
    const ids = Object.entries(operations.Resources)
      .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
      .map(([id]) => id);
    for (const { AlarmName } of ofType(objectives, 'AWS::CloudWatch::CompositeAlarm'))
      expect(text).toContain(`:alarm:${String(AlarmName)}`);
    expect(ids.filter((id) => !text.includes(`["${id}","Arn"]`))).toEqual([]);
  });
});
