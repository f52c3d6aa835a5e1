import {
  aws_codedeploy as codedeploy,
  aws_cloudwatch as cloudwatch,
  aws_iam as iam,
  aws_lambda as lambda,
  CfnResource,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { liveAlias, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { errorWatch, versionWatch } from './function-watches.ts';
import { answerAlarms } from './log-watches.ts';
import { raise } from './watch.ts';

/** How the traffic of a function moves from its old code to its new code. */
const configurations = {
  canary: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
  linear: codedeploy.LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_3MINUTES,
} as const;

type ReleasesProps = {
  readonly names: Names;
  readonly alarms: Settings['alarms'];
  readonly release: keyof typeof configurations;
};

/**
 * Step by step releases of the functions of a stack. AWS CodeDeploy moves the traffic of each function's alias, and
 * moves it back when the alarm about the new version is raised (AWS CodeDeploy User Guide, "Deployments on an AWS
 * Lambda compute platform"). The deployment of the stack waits for it, and fails with it.
 */
export class FunctionReleases extends Construct {
  readonly #props: ReleasesProps;
  readonly #application: codedeploy.LambdaApplication;
  readonly #role: iam.Role;

  constructor(scope: Construct, props: ReleasesProps) {
    super(scope, 'Releases');
    this.#props = props;
    this.#application = new codedeploy.LambdaApplication(this, 'Application');
    this.#role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('codedeploy.amazonaws.com'),
      description: 'Moves aliases of functions to their new versions',
    });
    const policy = 'service-role/AWSCodeDeployRoleForLambdaLimited';
    Validations.of(this.#role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
      reason: 'The policy that AWS maintains for its own service: it changes aliases, and reads alarms',
    });
  }

  /** @param name of the function's contract */
  add(name: string, alias: lambda.Alias): void {
    const group = new codedeploy.LambdaDeploymentGroup(alias, 'Release', {
      application: this.#application,
      role: this.#role,
      alias,
      deploymentConfig: configurations[this.#props.release],
      alarms: this.#alarms(name, alias),
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
    // CloudFormation changes the alias when the group has the alarm of the new version.
    const [changed, first] = [alias.node.defaultChild, group.node.defaultChild];
    if (changed instanceof CfnResource && first instanceof CfnResource) changed.addResourceDependency(first);
  }

  /**
   * One alarm about the new version alone, so that failures of the old one do not move its traffic back. Its name has
   * the version, which makes it another alarm with each release: an alarm that changes what it watches keeps its state
   * (CloudWatch API Reference, PutMetricAlarm), and that of a defective version would stop the release of its repair.
   */
  #alarms(name: string, alias: lambda.Alias): cloudwatch.IAlarm[] {
    const { names, alarms } = this.#props;
    if (alarms === 'all') {
      const watch = versionWatch(names.function(name), name, alias.version.version);
      return [raise(alias, watch, { names, id: 'Failures' })];
    }
    // By their names: the stack of alarms is deployed last. The first release of a function has nothing to move.
    return [errorWatch.name, ...answerAlarms].map((watch) =>
      cloudwatch.Alarm.fromAlarmName(alias, watch, names.function(watch)),
    );
  }
}

/** The alias through which a function is called. */
export const liveAliasOf = (of: Construct, code: lambda.Function, provisioned?: number): lambda.Alias =>
  new lambda.Alias(of, 'Live', {
    aliasName: liveAlias,
    // The library's own types disagree under exactOptionalPropertyTypes.
    version: code.currentVersion as lambda.IVersion,
    ...(provisioned === undefined ? {} : { provisionedConcurrentExecutions: provisioned }),
  });
