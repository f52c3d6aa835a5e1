import { createHash } from 'node:crypto';
import {
  aws_applicationautoscaling as scaling,
  aws_events as events,
  aws_events_targets as targets,
  type aws_lambda as lambda,
  aws_logs as logs,
  Duration,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import type { Area, FunctionContract, Resource } from '#contract/resource.ts';
import { FunctionReleases, liveAliasOf } from '../constructs/function-releases.ts';
import { addRoutes } from '../constructs/function-routes.ts';
import { countInvalidResponses } from '../constructs/log-watches.ts';
import { consumesQueue, PlatformFunction, type PlatformProps } from '../constructs/platform-function.ts';
import { readsStream } from '../constructs/stream-source.ts';
import { liveAlias, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';

/**
 * Stacks of the areas that have more than one: a stack has at most 500 resources (CloudFormation User Guide,
 * "Understand CloudFormation quotas"), and a product of 600 endpoints must fit. A change of these numbers moves
 * functions between stacks, which needs another stage, as their names are fixed.
 */
const parts: Readonly<Partial<Record<Area, number>>> = { telephony: 3, messaging: 2, system: 3 };

/** Name of the stack of a function: `system`, `system2`. It depends on nothing but area and name, so it stays. */
export function areaStackOf({ area, name }: Pick<FunctionContract, 'area' | 'name'>): string {
  const part = createHash('sha256').update(name).digest().readUInt32BE() % (parts[area] ?? 1);
  return part === 0 ? area : `${area}${part + 1}`;
}

type AreaProps = StackProps &
  PlatformProps & {
    readonly contracts: readonly FunctionContract[];
    /** Keys of the routes of each function (`routesOf`). */
    readonly routes: ReadonlyMap<FunctionContract, readonly string[]>;
  };

/** The functions of one area, or of a part of it, with their routes, event sources and schedules. */
export class AreaStack extends Stack {
  readonly #releases: FunctionReleases | undefined;

  constructor(scope: Construct, id: string, { contracts, ...props }: AreaProps) {
    super(scope, id, props);
    const { settings, names } = props;
    if (settings.release !== 'at-once' && contracts.some(({ kind }) => kind === 'resource'))
      this.#releases = new FunctionReleases(this, { names, alarms: settings.alarms, release: settings.release });
    for (const contract of contracts) this.#add(contract, props);
  }

  #add(contract: FunctionContract, props: Omit<AreaProps, 'contracts'>): void {
    const added = new PlatformFunction(this, { ...props, contract });
    switch (contract.kind) {
      case 'resource':
        addRoutes(added, props.routes.get(contract) ?? [], {
          names: props.names,
          target: this.#target(added, contract, props),
        });
        countInvalidResponses(added, props.names, contract);
        return;
      case 'consumer':
        consumesQueue(added, { ...props, contract });
        if (contract.reports === 'sms' && props.settings.smsDeliveryLog) readsDeliveryLogs(added);
        return;
      case 'scheduled':
        new events.Rule(added, 'Clock', {
          schedule: events.Schedule.rate(Duration.minutes(contract.everyMinutes)),
          targets: [new targets.LambdaFunction(added.lambda)],
        });
        return;
      case 'feed':
        readsStream(added, { contract, settings: props.settings });
        return;
      case 'answering':
      // Those that ask it have the permission.
    }
  }

  /** @returns ARN of what requests invoke: the function, or its alias */
  #target(of: PlatformFunction, { name, provisioned }: Resource, props: Omit<AreaProps, 'contracts'>): string {
    if (provisioned !== true && this.#releases === undefined) return of.lambda.functionArn;
    const alias = provisioned === true ? keepsWarm(of, props, name) : liveAliasOf(of, of.lambda);
    this.#releases?.add(name, alias);
    return alias.functionArn;
  }
}

/**
 * Invokes a function with the delivery logs of SNS about SMS. SNS makes the log groups with the first delivery of each
 * kind, once delivery logging is switched on for the account (functions/messaging/sms-reports/README.md).
 */
function readsDeliveryLogs(of: PlatformFunction): void {
  const { region, account } = Stack.of(of);
  const group = `sns/${region}/${account}/DirectPublishToPhoneNumber`;
  for (const [id, name] of Object.entries({ Delivered: group, Failed: `${group}/Failure` }))
    new logs.SubscriptionFilter(of, `${id}Log`, {
      logGroup: logs.LogGroup.fromLogGroupName(of, `${id}LogGroup`, name),
      destination: new LambdaDestination(of.lambda),
      filterPattern: logs.FilterPattern.exists('$.notification.messageId'),
    });
}

/** Use of the warm environments (0–1) above which more are started, and how many times as many at most. */
const targetUse = 0.7;
const maxTimes = 20;

/** Keeps a function warm behind an alias, so that no caller waits for a cold start. */
function keepsWarm(
  of: PlatformFunction,
  { settings, names }: { readonly settings: Settings; readonly names: Names },
  contractName: string,
): lambda.Alias {
  const alias = liveAliasOf(of, of.lambda, settings.provisionedConcurrency);
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
