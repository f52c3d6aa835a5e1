import { aws_applicationautoscaling as scaling, aws_lambda as lambda } from 'aws-cdk-lib';
import { liveAlias, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { PlatformFunction } from './platform-function.ts';

/** Use of the warm environments (0–1) above which more are started, and how many times as many at most. */
const targetUse = 0.7;
const maxTimes = 20;

/** Keeps a function warm behind an alias, so that no caller waits for a cold start. */
export function keepsWarm(
  of: PlatformFunction,
  { settings, names }: { readonly settings: Settings; readonly names: Names },
  contractName: string,
): lambda.Alias {
  const alias = new lambda.Alias(of, 'Live', {
    aliasName: liveAlias,
    // The library's own types disagree under exactOptionalPropertyTypes.
    version: of.lambda.currentVersion as lambda.IVersion,
    provisionedConcurrentExecutions: settings.provisionedConcurrency,
  });
  const target = new scaling.ScalableTarget(of, 'Warmth', {
    serviceNamespace: scaling.ServiceNamespace.LAMBDA,
    scalableDimension: 'lambda:function:ProvisionedConcurrency',
    resourceId: `function:${names.function(contractName)}:${liveAlias}`,
    minCapacity: settings.provisionedConcurrency,
    maxCapacity: settings.provisionedConcurrency * maxTimes,
  });
  target.node.addDependency(alias);
  target.scaleToTrackMetric('Use', {
    predefinedMetric: scaling.PredefinedMetric.LAMBDA_PROVISIONED_CONCURRENCY_UTILIZATION,
    targetValue: targetUse,
  });
  return alias;
}
