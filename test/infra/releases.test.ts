import { afterAll, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { ofType, propertiesOf, synthesizer, type Templates } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
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

  test('moves the traffic of each function that answers requests, and moves it back on the alarm of its errors', () => {
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
    const raised = propertiesOf(canary, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    const watched = groups.flatMap(({ AlarmConfiguration: of }) =>
      (of as { Alarms: { Name: string }[] }).Alarms.map(({ Name }) => Name),
    );
    expect(watched.toSorted()).toEqual(requested.map((name) => `trunkline-test-${name}-errors`).toSorted());
    expect(raised).toEqual(expect.arrayContaining(watched));
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

  test('watches the alarm of all functions where there are few alarms', () => {
    const few = synthesize({ release: 'linear', alarms: 'few' });
    expect(releases(few)[0]).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery3Minutes',
      AlarmConfiguration: { Alarms: [{ Name: 'trunkline-test-errors' }], Enabled: true },
    });
  });
});

test('another word is rejected', () => {
  expect(() => synthesize({ release: 'soon' })).toThrow('release must be at-once or canary or linear, not soon');
});
