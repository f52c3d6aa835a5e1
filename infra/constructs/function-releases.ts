import {
  aws_codedeploy as codedeploy,
  aws_cloudwatch as cloudwatch,
  aws_iam as iam,
  aws_lambda as lambda,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { liveAlias, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { errorWatch, errorWatchOf } from './function-watches.ts';

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
 * moves it back when the alarm about the function's errors is raised (AWS CodeDeploy User Guide, "Deployments on an AWS
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
    const { names, alarms, release } = this.#props;
    const watch = alarms === 'few' ? errorWatch : errorWatchOf(names, name);
    void new codedeploy.LambdaDeploymentGroup(alias, 'Release', {
      application: this.#application,
      role: this.#role,
      alias,
      deploymentConfig: configurations[release],
      // By its name: the stack of alarms is deployed last. The first release of a function has nothing to move.
      alarms: [cloudwatch.Alarm.fromAlarmName(alias, 'Errors', names.function(watch.name))],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
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
