import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, App, CloudFormationValidatePlugin, Validations, type IPolicyValidationPlugin } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { contracts as declared } from '#functions/contracts.ts';
import { mediaRelay } from '#functions/media-relay/contract.ts';
import { sipSidecar } from '#functions/sip-sidecar/contract.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { routesOf } from '#contract/routes.ts';
import { requestsCertificate } from '../constructs/certificate.ts';
import { root } from '../esbuild-options.ts';
import { assertLimits } from '../limits.ts';
import { namesFor, stackName } from '../names.ts';
import { durationOf } from '../release-duration.ts';
import { settingsFrom, type Settings } from '../settings.ts';
import { ApiStack } from './api-stack.ts';
import { AreaStack, areaStackOf } from './area-stack.ts';
import { DataStack } from './data-stack.ts';
import { DomainStack } from './domain-stack.ts';
import { ObjectivesStack } from './objectives-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { SipStack } from './sip-stack.ts';

/** The configuration of the CDK command line. */
const configuration = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>;
};

export type AppOptions = {
  /** Folder of the assembly; the CDK command line passes its own. */
  readonly outdir?: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Folder of the bundles. */
  readonly bundles: string;
  /** The functions of the product; others are for tests. */
  readonly contracts?: readonly FunctionContract[];
  /** Whether to run cdk-nag and offline template validation; the local cloud leaves them to `npm test`. */
  readonly checks: boolean;
};

/**
 * The CDK app: a data stack, the certificate of a custom domain, the SIP sidecar, the API, the stacks of the areas with
 * their functions and routes, and two stacks of alarms.
 */
export function buildApp({ outdir, context, bundles, contracts = declared, checks }: AppOptions): App {
  const app = new App({
    analyticsReporting: false,
    // CloudFormationValidatePlugin does it with errors; the built-in validation takes two seconds for warnings.
    builtinCloudFormationValidation: false,
    ...(outdir === undefined ? {} : { outdir }),
    // What the CDK command line adds, so that tests and the local cloud run the policies that are deployed.
    context: { ...configuration.context, ...context },
  });
  addStacks(app, bundles, contracts);
  assertLimits(app);
  if (checks) addChecks(app);
  return app;
}

function addStacks(app: App, bundles: string, all: readonly FunctionContract[]): void {
  const settings = settingsFrom(app.node);
  const contracts = contractsFor(all, settings);
  const services = settings.sip === 'off' ? [] : [sipSidecar];
  const names = namesFor(settings.stage, settings);
  const shared = { settings, names, bundles };
  const id = (part: string): string => stackName(settings.stage, part);
  // Of the other stacks, a failed first creation must be deleted before it can be repeated.
  const terminationProtection = !settings.ephemeral;

  // The app no longer names the stack, so no deployment deletes it.
  if (settings.sip === 'off')
    Annotations.of(app).addInfoV2(
      'trunkline:sip-off',
      `A stage that had SIP still has, and pays for, the stack ${id('sip')}. Delete it after this deployment: ` +
        `aws cloudformation delete-stack --stack-name ${id('sip')}`,
    );

  const domainStacks = requestsCertificate(settings) ? [new DomainStack(app, id('domain'), shared)] : [];
  const api = new ApiStack(app, id('api'), shared);
  for (const stack of domainStacks) api.addStackDependency(stack);
  const dataStack = new DataStack(app, id('data'), { ...shared, contracts, terminationProtection });
  // Pages of the API use the buckets, which name its URL.
  dataStack.addStackDependency(api);
  const sipStacks = services.map(
    (service) => new SipStack(app, id('sip'), { ...shared, service, mediaRelay, functions: contracts }),
  );
  for (const stack of sipStacks) for (const earlier of [dataStack, api]) stack.addStackDependency(earlier);
  const routes = routesOf(contracts.filter((contract) => contract.kind === 'resource'));
  const stacks = [...Map.groupBy(contracts, areaStackOf)].map(
    ([name, own]) => new AreaStack(app, id(name), { ...shared, contracts: own, routes }),
  );
  for (const stack of stacks) {
    stack.addStackDependency(dataStack);
    stack.addStackDependency(api);
    // Functions that call the sidecar run in its network.
    for (const sipStack of sipStacks) stack.addStackDependency(sipStack);
  }
  // Last, as it watches resources of all others.
  const operations = new OperationsStack(app, id('operations'), { ...shared, contracts, services });
  for (const stack of stacks) operations.addStackDependency(stack);
  sayDuration(operations, settings, contracts);
  // It publishes to the topic of operations.
  if (settings.alarms === 'all') {
    const objectives = new ObjectivesStack(app, id('objectives'), { settings, names });
    for (const earlier of [api, operations]) objectives.addStackDependency(earlier);
  }
}

/** How long the deployment moves requests. The command line prints notes of stacks before it begins. */
function sayDuration(of: OperationsStack, settings: Settings, contracts: readonly FunctionContract[]): void {
  if (settings.release === 'at-once') return;
  const stacks = new Set(contracts.filter(({ kind }) => kind === 'resource').map(areaStackOf)).size;
  const [alone, together] = [1, stacks].map((concurrency) => durationOf(settings, { stacks, concurrency }));
  Annotations.of(of).addInfoV2(
    'trunkline:duration',
    `The functions of ${stacks} stacks get new code step by step: ${together} minutes with --concurrency ${stacks}, ` +
      `which needs --require-approval never, and ${alone} minutes one after the other.`,
  );
}

const takesSmsReports = (contract: FunctionContract): boolean =>
  contract.kind === 'consumer' && contract.reports === 'sms';

/**
 * The contracts as this stage deploys them: without reports about SMS, no queue is polled for them; without warm
 * environments, no function has an alias, and none has environments of its own, which Lambda denies as well to an
 * account whose quota is that of a new one.
 */
function contractsFor(
  all: readonly FunctionContract[],
  { provisionedConcurrency, sms, smsDeliveryLog }: Settings,
): readonly FunctionContract[] {
  const hasReports = sms === 'eum' || smsDeliveryLog;
  const contracts = hasReports ? all : all.filter((contract) => !takesSmsReports(contract));
  return provisionedConcurrency > 0
    ? contracts
    : contracts.map((contract): FunctionContract => {
        if (contract.kind !== 'resource') return contract;
        const { provisioned, reserved, ...onDemand } = contract;
        return onDemand;
      });
}

/** Checks the templates at synthesis: cdk-nag, and CloudFormation's own schemas. */
const addChecks = (app: App): void =>
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app),
    // The library's own types disagree under exactOptionalPropertyTypes.
    new CloudFormationValidatePlugin() as IPolicyValidationPlugin,
  );
