import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { contracts } from '#functions/contracts.ts';
import { namesFor } from '#infra/names.ts';
import { durationOf } from '#infra/release-duration.ts';
import { createdBefore, ofType, propertiesOf, synthesizer, type Templates } from './templates.fixture.ts';

const { app, synthesize, remove } = synthesizer();
afterAll(remove);

const requested = contracts.filter(({ kind }) => kind === 'resource').map(({ name }) => name);
const releases = (of: Templates) => propertiesOf(of, 'AWS::CodeDeploy::DeploymentGroup');

test('by default all functions get new code at once', () => {
  const templates = synthesize({});
  expect(releases(templates)).toEqual([]);
  // Of the functions that are kept warm.
  expect(propertiesOf(templates, 'AWS::Lambda::Alias').length).toBeLessThan(3);
});

describe('a stage with step by step releases', () => {
  const canary = synthesize({ release: 'canary' });

  test('moves the traffic of each function that answers requests, and moves it back on an alarm', () => {
    const groups = releases(canary);
    expect(groups).toHaveLength(requested.length);
    expect(groups[0]).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent15Minutes',
      DeploymentStyle: { DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
    });
  });

  test('watches the new version of each function alone, by an alarm that exists before the traffic moves', () => {
    const names = namesFor('test');
    const watched = [...canary.values()].flatMap((template) =>
      ofType(template, 'AWS::Lambda::Alias').map(([id, { Properties = {} }]) => {
        const before = createdBefore(template, id);
        const alarms = ofType(template, 'AWS::CloudWatch::Alarm').filter(([alarm]) => before.has(alarm));
        expect(alarms).toHaveLength(1);
        const version = JSON.stringify(Properties['FunctionVersion']);
        const { AlarmName, Metrics, TreatMissingData } = alarms[0]?.[1].Properties ?? {};
        // Each release has an alarm of its own.
        expect(JSON.stringify(AlarmName)).toContain(version);
        expect(TreatMissingData).toBe('notBreaching');
        const [, ...measured] = Metrics as {
          MetricStat: { Metric: { Dimensions: { Name: string; Value: unknown }[] } };
        }[];
        return measured.map(({ MetricStat: { Metric } }) => {
          const dimensions = new Map(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
          const watchedVersion = dimensions.get('FunctionVersion') ?? dimensions.get('ExecutedVersion');
          expect(JSON.stringify(watchedVersion)).toBe(version);
          return dimensions.get('FunctionName');
        });
      }),
    );
    expect(watched.toSorted()).toEqual(
      requested.map((name) => [names.function(name), names.function(name)]).toSorted(),
    );
  });

  test('sends requests to the alias, whose new version CodeDeploy releases', () => {
    for (const template of canary.values()) {
      const aliases = ofType(template, 'AWS::Lambda::Alias');
      for (const [, { UpdatePolicy: policy }] of aliases)
        expect(policy).toMatchObject({
          CodeDeployLambdaAliasUpdate: { ApplicationName: expect.anything(), DeploymentGroupName: expect.anything() },
        });
      const targets = ofType(template, 'AWS::ApiGatewayV2::Integration').map(
        ([, { Properties: of }]) => of?.['IntegrationUri'],
      );
      expect(targets.map((target) => JSON.stringify(target)).toSorted()).toEqual(
        aliases.map(([id]) => JSON.stringify({ Ref: id })).toSorted(),
      );
    }
  });

  test('watches the alarms of all functions together where there are few alarms', () => {
    const few = synthesize({ release: 'linear', alarms: 'few' });
    expect(releases(few)[0]).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery3Minutes',
      AlarmConfiguration: {
        Alarms: ['errors', 'invalid-responses', 'api-errors'].map((name) => ({ Name: `trunkline-test-${name}` })),
        Enabled: true,
      },
    });
    const names = new Set(propertiesOf(few, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName));
    expect([...names]).toEqual(
      expect.arrayContaining(['trunkline-test-invalid-responses', 'trunkline-test-api-errors']),
    );
  });
});

test('the duration of a release is printed before it begins', () => {
  const notes = app({ release: 'canary' }).stacks.flatMap(({ messages }) =>
    messages.map(({ entry: { data } }) => data),
  );
  expect(JSON.stringify(notes)).toMatch(/ \d+ stacks get new code step by step: 15 minutes with --concurrency \d+/);
});

/** The stacks whose functions are released step by step. */
const releasedStacks = (): string[] =>
  [...synthesize({ release: 'canary' })]
    .filter(([, template]) => ofType(template, 'AWS::CodeDeploy::DeploymentGroup').length > 0)
    .map(([part]) => `Trunkline-test-${part}`);

test('no stack with functions waits for another one, so that all are released side by side', () => {
  const { stacks } = app({ release: 'canary' });
  const released = releasedStacks();
  expect(released.length).toBeGreaterThan(10);
  const waiting = released.flatMap((name) => {
    const { dependencies } = stacks.find(({ stackName }) => stackName === name)!;
    return dependencies.filter(({ id }) => released.includes(id)).map(({ id }) => `${name} waits for ${id}`);
  });
  expect(waiting).toEqual([]);
});

test('the workflow of deployments waits for the slowest release, and an hour for the rest', () => {
  const { jobs } = parse(readFileSync('.github/workflows/deploy.yml', 'utf8')) as {
    jobs: { deploy: { 'timeout-minutes': number; steps: { name?: string; run?: string }[] } };
  };
  const { 'timeout-minutes': timeout, steps } = jobs.deploy;
  const [, concurrency] = /--concurrency (\d+)/.exec(steps.find(({ name }) => name === 'Deploy')?.run ?? '') ?? [];
  const stacks = releasedStacks().length;
  const minutes = durationOf({ release: 'linear' }, { stacks, concurrency: Number(concurrency ?? 1) });
  expect(timeout).toBeGreaterThanOrEqual(60 + minutes);
});

test('another word is rejected', () => {
  expect(() => synthesize({ release: 'soon' })).toThrow('release must be at-once or canary or linear, not soon');
});
